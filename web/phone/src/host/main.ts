/** Starts the host page. */

import { wordsOf } from './i18n/index';
import { Management, watchChanges } from './management';
import { Phone } from './phone';
import { Settings } from './settings';

const words = wordsOf(window);
const management = new Management((input, init) => window.fetch(input, init));
const phone = new Phone(words, management, new Settings(window.localStorage));
document.body.append(phone.element);

const complain = (thrown: unknown): void => {
  console.warn(thrown);
  phone.warn(words.t('offline'));
};
// Changes that happen while the first reading is under way are not lost: the stream is open before.
watchChanges((kind) => void phone.changed(kind).catch(complain));
void phone.refresh().catch(complain);
