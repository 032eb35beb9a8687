// wx.request as a promise that rejects when there is no good answer.
function request(options) {
  return new Promise((resolve, reject) => {
    wx.request({
      timeout: 10000,
      ...options,
      success: ({ statusCode, data }) => {
        if (statusCode >= 200 && statusCode < 300) resolve(data)
        else reject(new Error((data && data.detail) || `HTTP ${statusCode}`))
      },
      fail: ({ errMsg }) => reject(new Error(errMsg)),
    })
  })
}

module.exports = { request }
