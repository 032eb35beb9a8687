/** The names of WeChat's API, read from its published typings when the phone is built (`build.mjs`). */
declare module 'wx-api-names' {
  export const WX_API_NAMES: readonly string[];
}
