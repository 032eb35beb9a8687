//! What transfers may be for, and what each must report (v3 §5.6).

/// One scene.
pub(crate) struct Scene {
    pub(crate) id: &'static str,
    /// Each of these exactly once.
    pub(crate) info_types: &'static [&'static str],
    /// What the person may be told; the first is shown when nothing is said.
    pub(crate) perceptions: &'static [&'static str],
}

/// Those of the documents. 1009's texts are unconfirmed; 1013 is known by number only and left out.
static SCENES: &[Scene] = &[
    Scene {
        id: "1000",
        info_types: &["活动名称", "奖励说明"],
        perceptions: &["活动奖励", "现金奖励"],
    },
    Scene {
        id: "1002", info_types: &["补贴类型"], perceptions: &["行政补贴", "行政奖励"]
    },
    Scene {
        id: "1004",
        info_types: &["保险产品备案编号", "保险名称", "保险操作单号"],
        perceptions: &["保险理赔款"],
    },
    Scene {
        id: "1005",
        info_types: &["岗位类型", "报酬说明"],
        perceptions: &["劳务报酬", "报销款", "企业补贴", "开工利是"],
    },
    Scene { id: "1009", info_types: &["采购商品名称"], perceptions: &["货款"] },
    Scene { id: "1010", info_types: &["回收商品名称"], perceptions: &["二手回收货款"] },
    Scene { id: "1011", info_types: &["赔付原因"], perceptions: &["退款", "商家赔付"] },
];

impl Scene {
    pub(crate) fn find(id: &str) -> Option<&'static Self> {
        SCENES.iter().find(|scene| scene.id == id)
    }
}
