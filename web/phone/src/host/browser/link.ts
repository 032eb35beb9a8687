/** The host's end of the wire to the page in a browser: one frame, any site, one person. */

import { isEnvelope } from '../../shared/protocol';
import type { FromPage, ToPage } from '../../shared/web-protocol';

export class PageLink {
  private readonly own: RegExp;
  /** The origin that spoke last: the page that is there now. */
  private origin: string | undefined;

  constructor(
    private readonly frame: () => Window | null,
    user: string,
    host: Pick<Location, 'port'>,
    private readonly onMessage: (message: FromPage) => void,
  ) {
    const port = host.port === '' ? '' : `:${host.port}`;
    this.own = new RegExp(`^http://[a-z0-9-]+--${user}\\.localhost${port}$`);
  }

  /** For `window`'s `message` event. */
  readonly receive = ({ origin, source, data }: MessageEvent): void => {
    if (source === null || source !== this.frame() || !this.own.test(origin) || !isEnvelope(data)) return;
    this.origin = origin;
    this.onMessage(data as FromPage);
  };

  tell(message: ToPage): void {
    if (this.origin !== undefined) this.frame()?.postMessage(message, this.origin);
  }
}
