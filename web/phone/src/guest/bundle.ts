/** What the compiler puts into `/bundle.js`, and how it arrives. */

export interface WindowConfig {
  navigationBarTitleText?: string;
  navigationBarBackgroundColor?: string;
  navigationBarTextStyle?: 'white' | 'black';
  backgroundColor?: string;
  enablePullDownRefresh?: boolean;
  onReachBottomDistance?: number;
  disableScroll?: boolean;
}

export interface TabBarConfig {
  color?: string;
  selectedColor?: string;
  backgroundColor?: string;
  borderStyle?: 'black' | 'white';
  list: { pagePath: string; text: string; iconPath?: string; selectedIconPath?: string }[];
}

export interface AppConfig {
  pages: string[];
  entryPagePath?: string;
  window?: WindowConfig;
  tabBar?: TabBarConfig;
}

export interface ComponentConfig extends WindowConfig {
  component?: boolean;
  usingComponents?: Record<string, string>;
}

/** A file of the mini program, given what it finds around it; the compiler fixes the order of that. */
export type ModuleFunction = (...globals: unknown[]) => ModuleBody;

export type ModuleBody = (
  this: unknown,
  require: (target: string) => unknown,
  module: { exports: unknown },
  exports: unknown,
) => void;

/** `theme.json`: the meaning of `@name` in the configuration. */
export type Theme = Partial<Record<'light' | 'dark', Record<string, unknown>>>;

export interface Bundle {
  app: AppConfig;
  theme: Theme;
  components: Record<string, ComponentConfig>;
  styles: Record<string, string>;
  /** Class prefixes of components whose styles stay their own. */
  scopes: Record<string, string>;
  templates: Record<string, unknown>;
  modules: Record<string, ModuleFunction>;
}

export interface CompileFailure {
  errors: string[];
}

declare global {
  interface Window {
    __suanpanBundle?: (bundle: Bundle) => void;
    __suanpanBundleFailed?: (failure: CompileFailure) => void;
  }
}

/** The program does not compile; the message says where and why, and where we noticed is no news. */
export class BundleFailure extends Error {}

/** Settles when `/bundle.js`, which the page loads after us, has run. */
export function receiveBundle(): Promise<Bundle> {
  return new Promise((resolve, reject) => {
    window.__suanpanBundle = resolve;
    window.__suanpanBundleFailed = ({ errors }) => reject(new BundleFailure(errors.join('\n')));
    window.addEventListener('error', (event) => {
      if (!event.filename.endsWith('/bundle.js')) return;
      void sourceLine(event.lineno).then((place) => reject(new BundleFailure(`${place}: ${event.message}`)));
    });
  });
}

/**
 * A syntax error anywhere stops the whole bundle, and the browser knows only a line of it. Every file
 * starts after a marker, so the line tells the file.
 */
async function sourceLine(line: number): Promise<string> {
  const text = await (await fetch('/bundle.js')).text();
  const lines = text.split('\n');
  for (let at = Math.min(line, lines.length) - 1; at >= 0; at -= 1) {
    const marker = /\{\/\/# file (.+)$/.exec(lines[at] ?? '');
    if (marker) return `${marker[1]}:${line - at - 1}`;
  }
  return `bundle.js:${line}`;
}
