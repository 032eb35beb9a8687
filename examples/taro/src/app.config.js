export default defineAppConfig({
  pages: ['pages/menu/menu', 'pages/orders/orders', 'pages/order/order'],
  window: {
    navigationBarTitleText: '算盘茶铺 · Taro',
    navigationBarBackgroundColor: '#1f4d3a',
    navigationBarTextStyle: 'white',
    backgroundColor: '#f6f3ec',
  },
  tabBar: {
    color: '#6b6b6b',
    selectedColor: '#1f6b4c',
    backgroundColor: '#ffffff',
    list: [
      { pagePath: 'pages/menu/menu', text: '点单' },
      { pagePath: 'pages/orders/orders', text: '订单' },
    ],
  },
})
