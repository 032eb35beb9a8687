use std::fmt;

use crate::pay::open_enum;

open_enum! {
    /// Why a transfer failed. WeChat gives most of these names without an explanation; the
    /// sentences here are what the names say.
    Failure {
        /// The person's account is frozen.
        AccountFrozen = "ACCOUNT_FROZEN",
        /// The person has no account.
        AccountNotExist = "ACCOUNT_NOT_EXIST",
        /// The person's bank card cannot receive.
        BankCardAccountAbnormal = "BANK_CARD_ACCOUNT_ABNORMAL",
        /// The bank of the person's card is wrong.
        BankCardBankInfoWrong = "BANK_CARD_BANK_INFO_WRONG",
        /// The person's card is wrong.
        BankCardCardInfoWrong = "BANK_CARD_CARD_INFO_WRONG",
        /// The person's card has received all it may.
        BankCardCollectionsAboveQuota = "BANK_CARD_COLLECTIONS_ABOVE_QUOTA",
        /// Something about the person's card is wrong.
        BankCardParamError = "BANK_CARD_PARAM_ERROR",
        /// The person's card is not in use.
        BankCardStatusAbnormal = "BANK_CARD_STATUS_ABNORMAL",
        /// The person has received all they may in a month.
        BlockB2cUserlimitamountBsruleMonth = "BLOCK_B2C_USERLIMITAMOUNT_BSRULE_MONTH",
        /// The person has received all they may in a month.
        BlockB2cUserlimitamountMonth = "BLOCK_B2C_USERLIMITAMOUNT_MONTH",
        /// The budget is used up.
        BudgetNotEnough = "BUDGET_NOT_ENOUGH",
        /// The person has received as often as they may in a day.
        DayReceivedCountExceed = "DAY_RECEIVED_COUNT_EXCEED",
        /// The person has received all they may in a day.
        DayReceivedQuotaExceed = "DAY_RECEIVED_QUOTA_EXCEED",
        /// More than was announced.
        ExceededEstimatedAmount = "EXCEEDED_ESTIMATED_AMOUNT",
        /// The person's identity card does not match.
        IdCardNotCorrect = "ID_CARD_NOT_CORRECT",
        /// The merchant cancelled.
        MchCancel = "MCH_CANCEL",
        /// Somebody at the merchant refused.
        MerchantReject = "MERCHANT_REJECT",
        /// Nobody at the merchant confirmed in time.
        MerchantNotConfirm = "MERCHANT_NOT_CONFIRM",
        /// The name is not the person's.
        NameNotCorrect = "NAME_NOT_CORRECT",
        /// The openid is not one of this app.
        OpenidInvalid = "OPENID_INVALID",
        /// Something else.
        OtherFailReasonType = "OTHER_FAIL_REASON_TYPE",
        /// The person did not confirm in time.
        OverdueClose = "OVERDUE_CLOSE",
        /// The person's account cannot receive.
        PayeeAccountAbnormal = "PAYEE_ACCOUNT_ABNORMAL",
        /// The merchant's account cannot pay.
        PayerAccountAbnormal = "PAYER_ACCOUNT_ABNORMAL",
        /// The merchant may not use transfers.
        ProductAuthCheckFail = "PRODUCT_AUTH_CHECK_FAIL",
        /// The person has received all they may without proving who they are.
        RealnameAccountReceivedQuotaExceed = "REALNAME_ACCOUNT_RECEIVED_QUOTA_EXCEED",
        /// The person has not proved who they are.
        RealNameCheckFail = "REAL_NAME_CHECK_FAIL",
        /// The merchant set no account to receive with.
        ReceiveAccountNotConfigure = "RECEIVE_ACCOUNT_NOT_CONFIGURE",
        /// More than the order it belongs to allows.
        RelatedOrderTransferAmountExceed = "RELATED_ORDER_TRANSFER_AMOUNT_EXCEED",
        /// More often than the order it belongs to allows.
        RelatedOrderTransferCountExceed = "RELATED_ORDER_TRANSFER_COUNT_EXCEED",
        /// Not what was reserved.
        ReservationInfoNotMatch = "RESERVATION_INFO_NOT_MATCH",
        /// Not the scene that was reserved.
        ReservationSceneNotMatch = "RESERVATION_SCENE_NOT_MATCH",
        /// The reservation does not stand.
        ReservationStateInvalid = "RESERVATION_STATE_INVALID",
        /// The merchant has transferred all it may to this person or in this time.
        TransferQuotaExceed = "TRANSFER_QUOTA_EXCEED",
        /// The remark could not be used.
        TransferRemarkSetFail = "TRANSFER_REMARK_SET_FAIL",
        /// WeChat considers it risky.
        TransferRisk = "TRANSFER_RISK",
        /// The merchant may not use this scene now.
        TransferSceneInvalid = "TRANSFER_SCENE_INVALID",
        /// The merchant was not granted this scene.
        TransferSceneUnavailable = "TRANSFER_SCENE_UNAVAILABLE",
    }
}
