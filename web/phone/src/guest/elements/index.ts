/** Defines the built-in elements of a mini program. */

import { Checkbox, CheckboxGroup, Form, Radio, RadioGroup, Switch } from './choices';
import { WxElement } from './element';
import { Input, Textarea } from './fields';
import { Image } from './image';
import { Icon, Progress, Text, View, WebView } from './plain';
import { Button, Label, Navigator, type Navigation, type OpenTypes } from './press';
import { ScrollView, Swiper } from './scroll';

const ELEMENTS: Record<string, CustomElementConstructor> = {
  page: class extends WxElement {},
  view: View,
  'cover-view': class extends View {},
  text: Text,
  image: Image,
  'cover-image': class extends Image {},
  icon: Icon,
  progress: Progress,
  button: Button,
  navigator: Navigator,
  label: Label,
  form: Form,
  input: Input,
  textarea: Textarea,
  checkbox: Checkbox,
  'checkbox-group': CheckboxGroup,
  radio: Radio,
  'radio-group': RadioGroup,
  switch: Switch,
  'scroll-view': ScrollView,
  swiper: Swiper,
  'swiper-item': class extends WxElement {},
  'web-view': WebView,
};

export function defineElements(navigation: Navigation, openTypes: OpenTypes): void {
  Navigator.navigation = navigation;
  Button.openTypes = openTypes;
  for (const [name, element] of Object.entries(ELEMENTS)) customElements.define(`wx-${name}`, element);
}
