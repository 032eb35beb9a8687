/** What a button's `open-type` does: WeChat's own sheets, which no function of `wx` opens. */

import { HostRefusal, type Bridge } from '../bridge';
import type { OpenTypes } from '../elements/press';

export function openTypes(bridge: Pick<Bridge, 'call' | 'tell'>): OpenTypes {
  return {
    async press(open_type) {
      if (open_type !== 'getPhoneNumber') {
        bridge.tell({ kind: 'unsupported', api: `<button open-type="${open_type}">` });
        return undefined;
      }
      try {
        return { event: 'getphonenumber', detail: await bridge.call('getPhoneNumber', {}).result };
      } catch (thrown) {
        const reason = thrown instanceof HostRefusal ? thrown.message : String(thrown);
        return { event: 'getphonenumber', detail: { errMsg: `getPhoneNumber:fail ${reason}` } };
      }
    },
  };
}
