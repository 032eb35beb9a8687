import { Text, View } from '@tarojs/components'
import { language } from '../i18n'
import { yuan } from '../services/money'
import './TeaCard.css'

const TINTS = { longjing: '#7d9b5b', tieguanyin: '#b98a4a', 'jasmine-milk': '#5f7f78' }

export default function TeaCard({ product, children }) {
  return (
    <View className='card tea'>
      <View className='tea-dot' style={{ backgroundColor: TINTS[product.sku] || '#8a5a3b' }} />
      <View className='tea-text'>
        <Text className='tea-name'>{product.name[language]}</Text>
        <Text className='soft'>{product.description[language]}</Text>
        <Text className='price'>{yuan(product.price_fen)}</Text>
      </View>
      {children}
    </View>
  )
}
