/** `<image>`: a fixed box of 320×240 px in which the picture is fitted by `mode`. */

import { WxElement } from './element';

const FIT: Record<string, string> = {
  scaleToFill: 'fill',
  aspectFit: 'contain',
  aspectFill: 'cover',
  widthFix: 'fill',
  heightFix: 'fill',
  center: 'none',
};

export class Image extends WxElement {
  static override readonly watched = ['src', 'mode', 'lazy-load', 'alt', 'aria-label'];
  private readonly picture = document.createElement('img');

  constructor() {
    super();
    this.picture.addEventListener('load', () => {
      this.fix();
      this.emit('load', { width: this.picture.naturalWidth, height: this.picture.naturalHeight });
    });
    this.picture.addEventListener('error', () => {
      this.emit('error', { errMsg: `GET ${this.text('src')} failed` });
    });
  }

  protected override connected(): void {
    if (this.picture.parentNode === null) this.append(this.picture);
  }

  protected override changed(name: string): void {
    if (name === 'src') {
      const src = this.text('src');
      // An empty `src` would load the page itself as a picture.
      if (src === '') this.picture.removeAttribute('src');
      else this.picture.src = src;
    }
    this.picture.alt = this.text('alt', this.text('aria-label'));
    this.picture.loading = this.flag('lazy-load') ? 'lazy' : 'eager';
    this.picture.style.objectFit = FIT[this.text('mode', 'scaleToFill')] ?? 'fill';
    this.fix();
  }

  /** `widthFix` and `heightFix` derive one side from the picture's own shape. */
  private fix(): void {
    const { naturalWidth, naturalHeight } = this.picture;
    if (naturalWidth === 0) return;
    const mode = this.text('mode');
    const box = this.getBoundingClientRect();
    if (mode === 'widthFix') this.style.height = `${(box.width * naturalHeight) / naturalWidth}px`;
    if (mode === 'heightFix') this.style.width = `${(box.height * naturalWidth) / naturalHeight}px`;
  }
}
