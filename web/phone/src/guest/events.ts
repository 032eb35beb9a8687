/**
 * What a program's handler is told of an event: plain values, as if they had come over from another
 * process, which on a phone they have.
 *
 * Programs write on what they get. uni-app, for one, puts a `stopPropagation` of its own on it; on the
 * framework's event that would keep `catchtap` from stopping anything.
 */

import { glassEasel } from 'glass-easel-miniprogram-adapter';

type FrameworkEvent = glassEasel.ShadowedEvent<unknown>;
type Listener = (this: unknown, event: unknown) => boolean | void;

interface Place {
  id: string;
  dataset: Record<string, unknown>;
  offsetLeft: number;
  offsetTop: number;
}

interface Touch {
  identifier: number;
  pageX: number;
  pageY: number;
  clientX: number;
  clientY: number;
}

type Finger = Omit<Touch, 'identifier'> & { identifier?: number };

export interface SeenEvent {
  type: string;
  timeStamp: number;
  detail: unknown;
  target: Place;
  currentTarget: Place;
  mark: Record<string, unknown>;
  mut: boolean;
  touches?: Touch[];
  changedTouches?: Touch[];
}

declare global {
  /** The compiler writes this name into every template (`template.rs`). */
  var __suanpanHandle: (caller: unknown, event: FrameworkEvent, listener: Listener) => boolean | void;
}

/** Of the press that lies on the screen: whether the program did something about its length. */
export const press = { isTaken: false };

export function handleEvents(): void {
  globalThis.__suanpanHandle = (caller, event, listener) => {
    if (event.type === 'longpress') press.isTaken = true;
    return listener.call(caller, seen(event));
  };
}

export function seen(event: FrameworkEvent): SeenEvent {
  return {
    type: event.type,
    timeStamp: event.timeStamp,
    detail: event.detail,
    target: place(event.target),
    currentTarget: place(event.currentTarget),
    mark: { ...event.mark },
    mut: event.mutatedMarked(),
    ...touches(event.getOriginalEvent()),
  };
}

/** A component shows itself to its own program as the object its methods run on. */
function place(target: unknown): Place {
  const component = (target as { _$?: unknown })._$;
  const element = (component ?? target) as glassEasel.Element;
  const { offsetLeft = 0, offsetTop = 0 } = (element.$$ ?? {}) as Partial<HTMLElement>;
  return { id: element.id, dataset: { ...element.dataset }, offsetLeft, offsetTop };
}

function touches(original: unknown): Pick<SeenEvent, 'touches' | 'changedTouches'> {
  // By what they have: a desktop browser may not know the class of touches.
  const { touches: lying, changedTouches, clientX } = (original ?? {}) as Partial<TouchEvent & MouseEvent>;
  if (lying !== undefined && changedTouches !== undefined) {
    return { touches: [...lying].map(touch), changedTouches: [...changedTouches].map(touch) };
  }
  if (clientX === undefined) return {};
  // A mouse is one finger.
  const finger = touch(original as MouseEvent);
  return { touches: [finger], changedTouches: [finger] };
}

function touch({ identifier = 0, pageX, pageY, clientX, clientY }: Finger): Touch {
  return { identifier, pageX, pageY, clientX, clientY };
}
