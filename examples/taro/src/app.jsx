import Taro, { useLaunch } from '@tarojs/taro'
import { words } from './i18n'
import { warmUp } from './services/payments'
import './app.css'

export default function App({ children }) {
  useLaunch(() => {
    Taro.setTabBarItem({ index: 0, text: words.menu })
    Taro.setTabBarItem({ index: 1, text: words.orders })
    warmUp()
  })
  return children
}
