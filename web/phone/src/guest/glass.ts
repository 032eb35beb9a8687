/**
 * The glass-easel framework set up for one mini program: templates, styles, components, events.
 *
 * WXML tags become `<wx-*>` elements, so a program's style sheets and ours never meet by accident, and
 * built-in elements are ordinary custom elements (`elements/`).
 */

import { MiniProgramEnv, glassEasel } from 'glass-easel-miniprogram-adapter';
import type { Bundle, ComponentConfig } from './bundle';
import type { WxElement } from './elements/element';
import { press } from './events';
import { Readiness } from './readiness';

/** `Page`, `Component` and `Behavior` belong to the file that is being loaded. */
export type Definers = readonly [page: unknown, component: unknown, behavior: unknown];

type CodeSpace = ReturnType<MiniProgramEnv['createCodeSpace']>;
type Backend = ReturnType<MiniProgramEnv['associateBackend']>;
export type Root = ReturnType<Backend['createRoot']>;
type Template = Parameters<CodeSpace['addCompiledTemplate']>[1];
type Config = Parameters<CodeSpace['addComponentStaticConfig']>[1];

/** What a component may say about its styles in its script. */
interface StyleOptions {
  addGlobalClass?: boolean;
  styleIsolation?: string;
}

const INWARD: Readonly<Record<string, string>> = { shared: 'apply-shared', 'page-shared': 'page-apply-shared' };

const PREFIX = 'wx-';

export class Glass {
  private readonly space: CodeSpace;
  private readonly context = phoneContext();
  private readonly backend: Backend;
  private readonly registered = new Set<string>();
  private definers: { readonly [name: string]: unknown } = {};
  /** The page or component whose file is being loaded. */
  private loading = '';

  constructor(
    private readonly bundle: Bundle,
    private readonly loadModule: (path: string) => void,
    afterRender: (callback: () => void) => void,
  ) {
    // WXML ids become DOM ids: useful to tests and to developer tools.
    glassEasel.globalOptions.writeIdToDOM = true;
    showTestids();
    const env = new MiniProgramEnv();
    this.space = env.createCodeSpace('', true);
    // Handlers may be assigned to the instance after it was made (uni-app does).
    this.space.getComponentSpace().updateComponentOptions({ useMethodCallerListeners: true });
    const readiness = new Readiness(afterRender);
    const everywhere = this.space.getComponentSpace().defineBehavior({
      lifetimes: {
        attached(this: { _$: glassEasel.GeneralComponent }) {
          readiness.attached(this._$);
        },
      },
    });
    this.space.setOverallBehavior(everywhere.general());
    this.backend = env.associateBackend(this.context);
    this.style('app');
  }

  /**
   * Makes a page of the program; its component and everything it uses are registered first. Every page
   * gets style sheets of its own: on a phone each page is a document, and nothing leaks to the next.
   */
  createPage(path: string): { root: Root; styles: readonly HTMLStyleElement[] } {
    this.register(path);
    const styles = (this.context.added = []);
    return { root: this.backend.createRoot('page', this.space, path), styles };
  }

  /** The definition functions for code that is loaded now, wherever it was defined. */
  definersFor(): Definers {
    return ['Page', 'Component', 'Behavior'].map((name) => {
      const define = (definition?: unknown): unknown => {
        const current = this.definers[name] as ((definition?: unknown) => unknown) | undefined;
        if (current === undefined) throw new Error(`${name} is called outside of a page's or component's file`);
        if (name === 'Component') this.configureStyles((definition as { options?: StyleOptions } | undefined)?.options);
        return definition === undefined ? current() : current(definition);
      };
      if (name === 'Behavior') {
        // `Behavior.trait()` hangs on the function itself.
        Object.defineProperty(define, 'trait', {
          get: () => (this.definers['Behavior'] as { trait?: unknown } | undefined)?.trait,
        });
      }
      return define;
    }) as unknown as Definers;
  }

  private register(path: string): void {
    if (this.registered.has(path)) return;
    this.registered.add(path);
    const config: ComponentConfig = this.bundle.components[path] ?? {};
    for (const used of Object.values(config.usingComponents ?? {})) this.register(used.slice(1));
    this.space.addComponentStaticConfig(path, config as Config);
    this.space.addCompiledTemplate(path, {
      groupList: this.bundle.templates,
      content: this.bundle.templates[path],
      fallbackListenerOnNativeNode: true,
    } as unknown as Template);
    this.style(path);
    this.space.componentEnv(path, (env) => {
      const outer = { definers: this.definers, loading: this.loading };
      this.definers = env as unknown as { readonly [name: string]: unknown };
      this.loading = path;
      try {
        this.loadModule(path);
      } finally {
        ({ definers: this.definers, loading: this.loading } = outer);
      }
    });
  }

  /**
   * The framework reads these from the JSON file alone. What the script says wins, as in WeChat, but the
   * style sheet was compiled by the JSON file: "shared" reaches the component here, and not out of it.
   */
  private configureStyles({ addGlobalClass, styleIsolation }: StyleOptions = {}): void {
    const wanted = styleIsolation ?? (addGlobalClass === true ? 'apply-shared' : undefined);
    if (wanted === undefined || this.bundle.scopes[this.loading] === undefined) return;
    const config = { ...this.bundle.components[this.loading], styleIsolation: INWARD[wanted] ?? wanted };
    this.space.addComponentStaticConfig(this.loading, config as unknown as Config);
  }

  private style(path: string): void {
    const css = this.bundle.styles[path];
    if (css === undefined && path !== 'app') return;
    this.backend.registerStyleSheetContent(path, css ?? '');
    this.space.addStyleSheet(path, path, this.bundle.scopes[path]);
  }
}

/** The framework keeps `data-*` to itself; this one is for tests and developer tools to find. */
function showTestids(): void {
  const { prototype } = glassEasel.Element;
  const setDataset = prototype.setDataset;
  prototype.setDataset = function (name, value) {
    setDataset.call(this, name, value);
    if (name === 'testid' && this.$$ instanceof HTMLElement) this.$$.setAttribute('data-testid', String(value));
  };
}

/** Events of the DOM, and those our elements dispatch with a `detail` of their own, reach the program. */
function phoneContext(): PhoneContext {
  const backend = new PhoneContext();
  const create = (tag: string): HTMLElement =>
    document.createElement(tag.startsWith(PREFIX) ? tag : PREFIX + tag);
  backend.document = {
    createElement: create,
    createTextNode: (text: string) => document.createTextNode(text),
    createDocumentFragment: () => document.createDocumentFragment(),
  } as unknown as PhoneContext['document'];
  backend.onEvent((target, type, detail, options) => {
    const original = (options as { originalEvent?: Event }).originalEvent;
    // A long press that was for something is no tap as well.
    if (type === 'tap' && (press.isTaken || isOnDisabledButton(original?.target))) return;
    const own = original instanceof CustomEvent ? (original.detail as unknown) : undefined;
    const seen = own ?? (type === 'tap' ? point(detail) : detail);
    // Whatever the program does with it, the browser goes on: a mini program has no default to prevent.
    glassEasel.Event.dispatchEvent(target, new glassEasel.Event(type, seen, options));
  });
  return backend;
}

/** A disabled button swallows the tap: not even the view around it hears of it. */
function isOnDisabledButton(target: EventTarget | null | undefined): boolean {
  return target instanceof Element && target.closest('wx-button[wx-disabled]') !== null;
}

function point(detail: unknown): { x: number; y: number } {
  const { x, y } = detail as { x: number; y: number };
  return { x, y };
}

class PhoneContext extends glassEasel.CurrentWindowBackendContext {
  /** The style elements added since this was last emptied. */
  added: HTMLStyleElement[] = [];

  override appendStyleSheetPath(path: string, styleScope?: number): number {
    const before = document.head.lastElementChild;
    const id = super.appendStyleSheetPath(path, styleScope);
    const added = document.head.lastElementChild;
    if (added !== before && added instanceof HTMLStyleElement) this.added.push(added);
    return id;
  }

  /** `model:value` and `model:checked` of our form elements; glass-easel knows only HTML's. */
  override setModelBindingStat(
    element: Parameters<glassEasel.CurrentWindowBackendContext['setModelBindingStat']>[0],
    attribute: string,
    listener: ((value: unknown) => void) | null,
  ): void {
    const target = element as unknown as Partial<WxElement>;
    target.bindModel?.(attribute, listener);
  }
}

/** Lets an element of ours fire a framework event, as if the user had touched it. */
export function fireTap(element: HTMLElement): void {
  const { left, top } = element.getBoundingClientRect();
  if (!isOnDisabledButton(element)) fireOn(element, 'tap', { x: left, y: top });
}

/** Fires an event that bubbles, as those of fingers do, on whatever of the program lies at `target`. */
export function fireOn(target: EventTarget | null, type: string, detail: object, originalEvent?: Event): void {
  let at = target instanceof Node ? (target as Node & { __wxElement?: glassEasel.Element }) : null;
  while (at !== null && at.__wxElement === undefined) at = at.parentNode;
  if (at?.__wxElement === undefined) return;
  const options = { bubbles: true, composed: true, capturePhase: true, originalEvent };
  glassEasel.Event.dispatchEvent(at.__wxElement, new glassEasel.Event(type, detail, options));
}
