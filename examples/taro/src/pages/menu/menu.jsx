import { useState } from 'react'
import Taro, { useLoad } from '@tarojs/taro'
import { Button, Input, ScrollView, Switch, Text, View } from '@tarojs/components'
import TeaCard from '../../components/TeaCard'
import { language, words } from '../../i18n'
import { order, paymentOf } from '../../services/payments'
import { products as fetchProducts } from '../../services/shop'
import './menu.css'

const BEFORE_RESULT = ['idle', 'login', 'creating', 'cashier']

export default function Menu() {
  const [products, setProducts] = useState([])
  const [failure, setFailure] = useState('')
  const [wanted, setWanted] = useState('')
  const [gift, setGift] = useState(false)
  const [buying, setBuying] = useState('')
  const [status, setStatus] = useState(words.loading)

  async function load() {
    setFailure('')
    setStatus(words.loading)
    try {
      setProducts(await fetchProducts())
    } catch (error) {
      setFailure(error.message || error.errMsg)
    } finally {
      setStatus('')
    }
  }

  useLoad(() => {
    Taro.setNavigationBarTitle({ title: words.shop })
    load()
  })

  async function buy(product) {
    // One tap, one order: the buttons stay off until this one has come to rest.
    setBuying(product.sku)
    setStatus(words.creating_order)
    try {
      await pay(await order(product, gift))
    } catch (error) {
      Taro.showModal({ title: words.order_failed, content: error.message || error.errMsg, showCancel: false })
    } finally {
      setBuying('')
      setStatus('')
    }
  }

  // Straight from the tap to the cashier; the result has a page of its own.
  async function pay(stored) {
    const entry = paymentOf(stored)
    const stop = entry.subscribe(() => {
      if (BEFORE_RESULT.includes(entry.shown.name)) return setStatus(words[entry.shown.name])
      stop()
      Taro.navigateTo({ url: `/pages/order/order?order_id=${stored.order_id}` })
    })
    await entry.payment.start()
  }

  const shown = products.filter(({ name }) => name[language].includes(wanted.trim()))
  return (
    <View>
      <View className='menu-head'>
        <Text className='menu-title'>{words.shop}</Text>
        <Text>{words.slogan}</Text>
      </View>
      <Input
        id='search'
        className='card'
        value={wanted}
        placeholder={words.search}
        onInput={({ detail }) => setWanted(detail.value)}
      />
      <View className='card line'>
        <Text>{words.gift}</Text>
        <Switch id='gift' checked={gift} onChange={({ detail }) => setGift(detail.value)} />
      </View>
      {gift && <View id='gift-hint' className='card soft'>{words.gift_hint}</View>}
      {status !== '' && <View className='card soft'>{status}</View>}
      {failure !== '' && (
        <View className='card'>
          <Text>{failure}</Text>
          <Button id='reload' className='action' onClick={load}>{words.try_again}</Button>
        </View>
      )}
      <ScrollView scrollY className='menu-list' onScrollToLower={() => setStatus('')}>
        {shown.map((product) => (
          <TeaCard key={product.sku} product={product}>
            <Button
              size='mini'
              className='action'
              id={`buy-${product.sku}`}
              loading={buying === product.sku}
              disabled={buying !== ''}
              onClick={() => buy(product)}
            >
              {words.buy}
            </Button>
          </TeaCard>
        ))}
        {shown.length === 0 && products.length > 0 && (
          <View id='none-found' className='card soft'>{words.none_found}</View>
        )}
      </ScrollView>
    </View>
  )
}
