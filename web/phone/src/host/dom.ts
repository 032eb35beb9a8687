/** Just enough to write elements down: no framework, no templates from strings. */

export type Child = Node | string | null | undefined | false;

interface Props {
  class?: string;
  testid?: string;
  on?: Partial<{ [K in keyof HTMLElementEventMap]: (event: HTMLElementEventMap[K]) => void }>;
  [attribute: string]: unknown;
}

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  const { on, testid, ...attributes } = props;
  if (testid !== undefined) element.dataset['testid'] = testid;
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const [type, listener] of Object.entries(on ?? {})) {
    element.addEventListener(type, listener as EventListener);
  }
  element.append(...kept(children));
  return element;
}

/** Replaces what `parent` holds, and keeps the focus on the element of the same test id. */
export function fill(parent: Element, ...children: Child[]): void {
  const focused = parent.contains(document.activeElement) ? document.activeElement : null;
  const id = focused instanceof HTMLElement ? focused.dataset['testid'] : undefined;
  parent.replaceChildren(...kept(children));
  if (id !== undefined) parent.querySelector<HTMLElement>(`[data-testid="${CSS.escape(id)}"]`)?.focus();
}

function kept(children: Child[]): (Node | string)[] {
  return children.filter((child): child is Node | string => child !== null && child !== undefined && child !== false);
}
