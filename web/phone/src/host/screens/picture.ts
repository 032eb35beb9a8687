/** Pictures as the simulator reads codes in them: one byte of brightness for each pixel. */

/** A code fills enough of any photograph to survive this; more would only be slower. */
const LARGEST_SIDE = 1200;

export interface Luma {
  readonly width: number;
  readonly height: number;
  readonly luma: Uint8Array;
}

/** Decodes whatever the browser can show; transparent parts are white, as on paper. */
export async function lumaOf(picture: Blob): Promise<Luma> {
  const image = new Image();
  image.src = await dataUrlOf(picture);
  await image.decode();
  const scale = Math.min(1, LARGEST_SIDE / Math.max(image.naturalWidth, image.naturalHeight));
  const width = Math.max(1, Math.round(image.naturalWidth * scale));
  const height = Math.max(1, Math.round(image.naturalHeight * scale));
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('this browser draws no pictures');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  context.drawImage(image, 0, 0, width, height);
  return { width, height, luma: brightness(context.getImageData(0, 0, width, height).data) };
}

/** The page's policy lets it show such addresses; an SVG is decoded by no other way. */
function dataUrlOf(picture: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => resolve(String(reader.result)));
    reader.addEventListener('error', () => reject(reader.error));
    reader.readAsDataURL(picture);
  });
}

/** RGBA to the eye's brightness (ITU-R BT.601), in integers. */
export function brightness(rgba: Uint8ClampedArray): Uint8Array {
  const luma = new Uint8Array(rgba.length / 4);
  for (let pixel = 0; pixel < luma.length; pixel += 1) {
    const at = pixel * 4;
    const [red = 0, green = 0, blue = 0] = [rgba[at], rgba[at + 1], rgba[at + 2]];
    luma[pixel] = (red * 299 + green * 587 + blue * 114) / 1000;
  }
  return luma;
}
