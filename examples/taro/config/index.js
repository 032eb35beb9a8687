import { defineConfig } from '@tarojs/cli'

export default defineConfig({
  projectName: 'suanpan-tea',
  date: '2026-11-21',
  designWidth: 750,
  deviceRatio: { 750: 1 },
  sourceRoot: 'src',
  outputRoot: 'dist',
  framework: 'react',
  compiler: 'vite',
  mini: {},
})
