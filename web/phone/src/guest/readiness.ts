/**
 * The `ready` of components: once each, after the screen was drawn with them, children before parents. The
 * framework leaves that to its surroundings.
 */

import { glassEasel } from 'glass-easel-miniprogram-adapter';

type Component = glassEasel.GeneralComponent;

export class Readiness {
  private waiting: Component[] = [];
  private readonly told = new WeakSet<Component>();

  constructor(private readonly afterRender: (callback: () => void) => void) {}

  attached(component: Component): void {
    if (this.told.has(component)) return;
    this.told.add(component);
    if (this.waiting.push(component) === 1) this.afterRender(() => this.tell());
  }

  private tell(): void {
    // Attached were the parents first.
    for (const component of this.waiting.splice(0).reverse()) {
      if (glassEasel.Element.isAttached(component)) component.triggerLifetime('ready', []);
    }
  }
}
