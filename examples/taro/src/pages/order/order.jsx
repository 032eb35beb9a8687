import Taro, { useDidShow, useLoad, useRouter } from '@tarojs/taro'
import { Button, Icon, Text, View } from '@tarojs/components'
import { language, words } from '../../i18n'
import { yuan } from '../../services/money'
import * as orders from '../../services/orders'
import { paymentOf, usePayment } from '../../services/payments'
import './order.css'

const ICONS = { paid: 'success', cancelled: 'info', unpaid: 'info', failed: 'warn', closed: 'cancel', expired: 'cancel' }
const WAITING = ['idle', 'pending', 'cancelled', 'unpaid']

const toMenu = () => Taro.switchTab({ url: '/pages/menu/menu' })

export default function Order() {
  const stored = orders.find(useRouter().params.order_id)
  useLoad(() => Taro.setNavigationBarTitle({ title: words.order }))
  return stored ? <Result stored={stored} /> : <Button className='quiet' onClick={toMenu}>{words.back_to_menu}</Button>
}

function Result({ stored }) {
  const entry = paymentOf(stored)
  const { payment } = entry
  const state = usePayment(entry)
  const view = state.name === 'idle' ? 'confirming' : state.name
  const payable = ['cancelled', 'unpaid'].includes(view) || state.retryable

  // Opened from the list, or the customer was away: he may have paid, or let it expire.
  useDidShow(() => {
    if (WAITING.includes(entry.shown.name) && !payment.busy) payment.refresh()
  })

  return (
    <View>
      <View className='result'>
        <Icon type={ICONS[view] || 'waiting'} size='64' />
        <Text id='result' className='result-headline'>{words[view]}</Text>
        {state.order && <Text className='result-amount'>{yuan(state.order.amount.total)}</Text>}
      </View>
      <View className='card'>
        <View className='line'>
          <Text>{stored.name[language]}</Text>
          {stored.gift && <Text id='order-gift' className='soft'>{words.gift}</Text>}
        </View>
        <View className='soft'>{stored.order_id}</View>
      </View>
      {payable && (
        <Button id='pay-again' className='action' onClick={() => payment.retry()}>
          {view === 'unpaid' ? words.pay_now : words.pay_again}
        </Button>
      )}
      {view === 'pending' && (
        <Button id='refresh' className='action' onClick={() => payment.refresh()}>{words.refresh}</Button>
      )}
      <Button id='back-to-menu' className='quiet' onClick={toMenu}>{words.back_to_menu}</Button>
    </View>
  )
}
