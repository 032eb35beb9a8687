/**
 * What all built-in elements share: typed attributes, touch feedback, keyboard use, model binding.
 *
 * The framework turns `true`, `undefined` and `null` alike into an empty DOM attribute, so the element
 * reads the value itself from the framework's node behind it.
 */

interface FrameworkNode {
  getAttribute(name: string): unknown;
  addListener(type: string, listener: () => void): void;
  id?: string;
  ownerShadowRoot?: { getElementById(id: string): { $$: unknown } | undefined };
}

export abstract class WxElement extends HTMLElement {
  /** Attributes that an element reacts to; subclasses add theirs. */
  static readonly watched: readonly string[] = [];

  static get observedAttributes(): string[] {
    return ['hidden', ...this.watched];
  }

  private readonly models = new Map<string, (value: unknown) => void>();

  connectedCallback(): void {
    // Tests find by its id what has no `data-testid` (Taro keeps `data-*` to itself); in the document,
    // something random stands before every id.
    const { id = '' } = this.node ?? {};
    if (id !== '' && !this.hasAttribute('data-testid')) this.setAttribute('data-testid', id);
    this.connected();
  }

  disconnectedCallback(): void {
    this.disconnected();
  }

  attributeChangedCallback(name: string): void {
    if (name === 'hidden') this.toggleAttribute('wx-hidden', this.flag('hidden'));
    else this.changed(name);
  }

  /** `model:value` in a template: the framework gives a listener for the new value, or takes it back. */
  bindModel(attribute: string, listener: ((value: unknown) => void) | null): void {
    if (listener === null) this.models.delete(attribute);
    else this.models.set(attribute, listener);
  }

  /** The framework's node behind this element. */
  protected get node(): FrameworkNode | undefined {
    return (this as unknown as { __wxElement?: FrameworkNode }).__wxElement;
  }

  /** The element of the same page or component that has this id; in the document, ids have prefixes. */
  protected neighbour(id: string): Element | undefined {
    const found = id === '' ? undefined : this.node?.ownerShadowRoot?.getElementById(id)?.$$;
    return found instanceof Element ? found : undefined;
  }

  /** Calls back on taps that reach this element: a `catchtap` further inside keeps them away. */
  onTap(listener: () => void): void {
    this.node?.addListener('tap', listener);
  }

  protected connected(): void {}
  protected disconnected(): void {}
  protected changed(_name: string): void {}

  /** The value as the template computed it. */
  protected raw(name: string): unknown {
    const value = this.node?.getAttribute(name);
    return value === undefined ? (this.getAttribute(name) ?? undefined) : value;
  }

  /** As WeChat reads a Boolean property: the text "false" is true, and so is a bare attribute. */
  protected flag(name: string, fallback = false): boolean {
    const { node } = this;
    const value = node === undefined ? this.getAttribute(name) : node.getAttribute(name);
    if (value === undefined || value === null) {
      return node === undefined || !this.hasAttribute(name) ? fallback : false;
    }
    return value === '' ? true : Boolean(value);
  }

  protected text(name: string, fallback = ''): string {
    const value = this.raw(name);
    return value === undefined || value === null ? fallback : String(value);
  }

  protected number(name: string, fallback: number): number {
    const value = this.raw(name);
    if (value === undefined || value === null || value === '') return fallback;
    const number = Number(value);
    return Number.isFinite(number) ? number : fallback;
  }

  /** Dispatches an event of the element itself; like most of WeChat's, it does not bubble. */
  protected emit(type: string, detail: unknown, bubbles = false): void {
    this.dispatchEvent(new CustomEvent(type, { detail: detail ?? {}, bubbles, composed: bubbles }));
  }

  protected updateModel(attribute: string, value: unknown): void {
    this.models.get(attribute)?.(value);
  }
}

/** `hover-class` while a finger or the mouse is down, unless it is "none". */
export function watchHover(element: WxElement, hoverClass: () => string): void {
  let added: string[] = [];
  const start = (): void => {
    const name = hoverClass();
    added = name === '' || name === 'none' ? [] : name.split(/\s+/);
    element.classList.add(...added);
  };
  const end = (): void => {
    element.classList.remove(...added);
    added = [];
  };
  element.addEventListener('pointerdown', start);
  for (const type of ['pointerup', 'pointercancel', 'pointerleave']) element.addEventListener(type, end);
}

/** What a form collects. */
export interface FormControl extends WxElement {
  readonly formName: string;
  readonly formValue: unknown;
  reset(): void;
}

export function isFormControl(element: Element): element is FormControl {
  return 'formValue' in element;
}

/** Something that a tap or the keyboard sets off. */
export interface Activatable extends WxElement {
  activate(): void;
}

export function isActivatable(element: Element | null | undefined): element is Activatable {
  return element !== null && element !== undefined && 'activate' in element;
}

/** Makes an element work by taps, by Enter and Space, and by assistive technology; `tap` sends a tap. */
export function makePressable(element: Activatable, role: string, tap: (element: HTMLElement) => void): void {
  element.tabIndex = 0;
  element.setAttribute('role', role);
  element.onTap(() => element.activate());
  element.addEventListener('click', (event) => {
    // A finger's and a mouse's clicks were taps already; this one came from no pointer.
    if (event.detail === 0 && event.target === element) tap(element);
  });
  element.addEventListener('keydown', (event) => {
    if (event.target !== element || (event.key !== 'Enter' && event.key !== ' ')) return;
    event.preventDefault();
    tap(element);
  });
}
