// Charges, orders, queries, closes and refunds with wechatpay-axios-plugin as it comes from npm; its CA is given by
// NODE_EXTRA_CA_CERTS.
//
//     axios_client.js PRACTICE_JSON closes-at-once|closes-late
const assert = require('node:assert');
const { generateKeyPairSync } = require('node:crypto');
const fs = require('node:fs');
const https = require('node:https');
const { createRequire } = require('node:module');

// The client lies under target/, not beside this file.
const { Wechatpay } = createRequire(`${process.cwd()}/`)('wechatpay-axios-plugin');

const practice = JSON.parse(process.argv[2]);
// The client wants the keys of API V3 too, although nothing here uses them.
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

const client = (secret) => new Wechatpay({
  mchid: practice.mch_id,
  serial: 'unused',
  privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  certs: { other: publicKey.export({ type: 'spki', format: 'pem' }) },
  secret,
  baseURL: `${practice.url.replace(/\/$/, '')}/`,
  timeout: 20000,
});
const pay = client(practice.api_key);
const ids = { appid: practice.appid, mch_id: practice.mch_id };
// What is given to a call that wants the merchant's certificate.
const certified = {
  httpsAgent: new https.Agent({ pfx: fs.readFileSync(practice.p12_file), passphrase: practice.mch_id }),
};
const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);

// The client verifies each reply's signature itself and rejects a reply whose codes aren't SUCCESS.
const refused = (call, code) => assert.rejects(call, (error) => {
  assert.equal(error.response?.data?.return_code, 'SUCCESS', String(error));
  assert.equal(error.response.data.err_code, code, error.response.data.err_code_des);
  return true;
});

async function main() {
  for (const sign_type of ['HMAC-SHA256', 'MD5']) {
    const number = (n) => `${stamp}axi${sign_type.length}${n}`;
    const auth_code = `13456789012345${String(1000 + sign_type.length)}`;
    const charge = {
      ...ids, sign_type, body: '小店-早餐', out_trade_no: number(1), total_fee: '1288', spbill_create_ip: '127.0.0.1', auth_code,
    };
    const { data: paid } = await pay.v2.pay.micropay.post(charge);
    assert.equal(paid.total_fee, '1288');
    assert.equal(paid.sign.length, sign_type === 'MD5' ? 32 : 64, 'the reply is signed as the request was');
    const { data: found } = await pay.v2.pay.orderquery.post({ ...ids, sign_type, out_trade_no: number(1) });
    assert.equal(found.trade_state, 'SUCCESS');
    assert.equal(found.transaction_id, paid.transaction_id);
    await refused(() => pay.v2.pay.micropay.post({ ...charge, out_trade_no: number(2) }), 'AUTH_CODE_ERROR');

    const order = {
      ...ids, sign_type, body: '小店-早餐', out_trade_no: number(3), total_fee: '2500', spbill_create_ip: '127.0.0.1',
      notify_url: 'https://guitai.invalid/notify', trade_type: 'NATIVE', product_id: '3',
    };
    const { data: made } = await pay.v2.pay.unifiedorder.post(order);
    assert.match(made.code_url, /^weixin:\/\/wxpay\//);
    const { data: again } = await pay.v2.pay.unifiedorder.post(order);
    assert.notEqual(again.code_url, made.code_url, 'the same order again is a new picture');
    await refused(() => pay.v2.pay.unifiedorder.post({ ...order, total_fee: '2501' }), 'INVALID_REQUEST');
    const { data: open } = await pay.v2.pay.orderquery.post({ ...ids, sign_type, out_trade_no: number(3) });
    assert.equal(open.trade_state, 'NOTPAY');
    const close = () => pay.v2.pay.closeorder.post({ ...ids, sign_type, out_trade_no: number(3) });
    if (process.argv[3] === 'closes-at-once') {
      await close();
      const { data: closed } = await pay.v2.pay.orderquery.post({ ...ids, sign_type, out_trade_no: number(3) });
      assert.equal(closed.trade_state, 'CLOSED');
      await refused(close, 'ORDERCLOSED');
    } else {
      // The manual forbids it in an order's first five minutes.
      await refused(close, 'INVALID_REQUEST');
    }
    await refused(() => pay.v2.pay.orderquery.post({ ...ids, sign_type, out_trade_no: number(9) }), 'ORDERNOTEXIST');

    const part = {
      ...ids, sign_type, out_trade_no: number(1), out_refund_no: number('R1'), total_fee: '1288', refund_fee: '288',
    };
    const { data: taken } = await pay.v2.secapi.pay.refund.post(part, certified);
    assert.equal(taken.refund_fee, '288');
    const { data: same } = await pay.v2.secapi.pay.refund.post(part, certified);
    assert.equal(same.refund_id, taken.refund_id, 'the same number is the same refund');
    await refused(() => pay.v2.secapi.pay.refund.post({ ...part, refund_fee: '289' }, certified), 'INVALID_REQUEST');
    const { data: row } = await pay.v2.pay.refundquery.post({ ...ids, sign_type, refund_id: taken.refund_id });
    assert.equal(row.out_refund_no_0, number('R1'));
    assert.match(row.refund_status_0, /^(PROCESSING|SUCCESS)$/);
    await assert.rejects(() => pay.v2.secapi.pay.refund.post({ ...part, out_refund_no: number('R2') }), (error) => (
      error.response?.status === 400
    ));
  }
  await assert.rejects(
    () => client('0'.repeat(32)).v2.pay.orderquery.post({ ...ids, out_trade_no: `${stamp}axi31` }),
    (error) => error.response?.data?.return_code === 'FAIL',
  );
  console.log('wechatpay-axios-plugin: charged, ordered, queried, closed, refunded');
}

main();
