<?php

// Asks WeChat with PHP's curl, as Guzzle and most SDKs do.

$ask = curl_init('https://api.mch.weixin.qq.com/v3/certificates?by=php');
curl_setopt($ask, CURLOPT_RETURNTRANSFER, true);
curl_setopt($ask, CURLOPT_HTTPHEADER, ['Accept: application/json', 'User-Agent: ask']);
if (curl_exec($ask) === false) {
    fwrite(STDERR, curl_error($ask) . PHP_EOL);
    exit(1);
}
echo curl_getinfo($ask, CURLINFO_RESPONSE_CODE), PHP_EOL;
