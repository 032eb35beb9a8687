import { useState } from 'react'
import Taro, { useDidShow, useLoad, usePullDownRefresh } from '@tarojs/taro'
import { Navigator, Text, View } from '@tarojs/components'
import { language, words } from '../../i18n'
import { yuan } from '../../services/money'
import * as orders from '../../services/orders'
import { paymentOf } from '../../services/payments'

const FINAL = ['paid', 'closed', 'expired']

export default function Orders() {
  const [list, setList] = useState([])

  // Only what can still change is asked about; an answer that does not come changes nothing.
  async function refresh() {
    setList(orders.all())
    const open = orders.all().filter(({ last }) => !FINAL.includes(last))
    await Promise.all(open.map((order) => paymentOf(order).payment.refresh()))
    setList(orders.all())
  }

  useLoad(() => Taro.setNavigationBarTitle({ title: words.orders }))
  useDidShow(refresh)
  usePullDownRefresh(async () => {
    await refresh()
    Taro.stopPullDownRefresh()
  })

  if (list.length === 0) return <View className='card soft'>{words.no_orders}</View>
  return list.map((order, index) => (
    <Navigator
      key={order.order_id}
      id={`order-${index}`}
      className='card'
      url={`/pages/order/order?order_id=${order.order_id}`}
    >
      <View className='line'>
        <Text>{order.name[language]}</Text>
        <Text className={order.last === 'paid' ? 'price' : 'soft'}>{words[order.last || 'unpaid']}</Text>
      </View>
      {order.order && <View className='soft'>{yuan(order.order.amount.total)}</View>}
    </Navigator>
  ))
}
