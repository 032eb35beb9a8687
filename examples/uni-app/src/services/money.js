// Money is whole fen; yuan exist only on the screen.
export function yuan(fen) {
  const text = String(fen).padStart(3, '0')
  return `¥${text.slice(0, -2)}.${text.slice(-2)}`
}
