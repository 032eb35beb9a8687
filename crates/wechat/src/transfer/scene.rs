use crate::{id::wire_id, text::wire_text};

/// What WeChat demands of the transfers of one scene (docs/protocol/transfers.md, "Scenes").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SceneRule {
    /// `transfer_scene_id`.
    pub id: &'static str,
    /// Its name in the merchant console.
    pub name: &'static str,
    /// The `info_type`s a transfer reports: all of them, each once.
    pub info_types: &'static [&'static str],
    /// What `user_recv_perception` may say; the first is what WeChat shows by default.
    pub perceptions: &'static [&'static str],
    /// Whether the two lists are certain. Those that are not check nothing.
    pub confirmed: bool,
}

/// The scenes of WeChat's page, as of July 2025. Scenes beyond these exist; they are sent unchecked.
pub const SCENES: &[SceneRule] = &[
    SceneRule {
        id: "1000",
        name: "现金营销",
        info_types: &["活动名称", "奖励说明"],
        perceptions: &["活动奖励", "现金奖励"],
        confirmed: true,
    },
    SceneRule {
        id: "1002",
        name: "行政补贴",
        info_types: &["补贴类型"],
        perceptions: &["行政补贴", "行政奖励"],
        confirmed: true,
    },
    SceneRule {
        id: "1004",
        name: "保险理赔",
        info_types: &["保险产品备案编号", "保险名称", "保险操作单号"],
        perceptions: &["保险理赔款"],
        confirmed: true,
    },
    // Which of the four is the default is unconfirmed, and merchants report that some are refused.
    SceneRule {
        id: "1005",
        name: "佣金报酬",
        info_types: &["岗位类型", "报酬说明"],
        perceptions: &["劳务报酬", "报销款", "企业补贴", "开工利是"],
        confirmed: true,
    },
    SceneRule {
        id: "1009",
        name: "采购货款",
        info_types: &["采购商品名称"],
        perceptions: &["货款"],
        confirmed: false,
    },
    SceneRule {
        id: "1010",
        name: "二手回收",
        info_types: &["回收商品名称"],
        perceptions: &["二手回收货款"],
        confirmed: true,
    },
    SceneRule {
        id: "1011",
        name: "企业赔付",
        info_types: &["赔付原因"],
        perceptions: &["退款", "商家赔付"],
        confirmed: true,
    },
];

impl SceneRule {
    /// The rule of a scene; `None` for one this crate does not know.
    #[must_use]
    pub fn of(id: &SceneId) -> Option<&'static SceneRule> {
        SCENES.iter().find(|rule| rule.id == id.as_str())
    }

    fn reports(&self, infos: &[ReportInfo]) -> bool {
        infos.len() == self.info_types.len()
            && self.info_types.iter().all(|needed| {
                infos.iter().filter(|info| info.info_type.as_str() == *needed).count() == 1
            })
    }
}

/// Why money is transferred, and what the person is told about it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Scene {
    transfer_scene_id: SceneId,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_recv_perception: Option<Perception>,
    transfer_scene_report_infos: Vec<ReportInfo>,
}

impl Scene {
    /// A scene the merchant has been granted, with everything WeChat demands to be told for it.
    ///
    /// # Errors
    /// When the scene is known and something is missing, too much, or not among its texts.
    pub fn new(
        id: SceneId,
        infos: Vec<ReportInfo>,
        perception: Option<Perception>,
    ) -> Result<Self, InvalidScene> {
        if infos.is_empty() {
            return Err(InvalidScene::NothingReported);
        }
        if let Some(rule) = SceneRule::of(&id).filter(|rule| rule.confirmed) {
            if !rule.reports(&infos) {
                return Err(InvalidScene::WrongReport { rule });
            }
            let allowed = |perception: &Perception| rule.perceptions.contains(&perception.as_str());
            if !perception.as_ref().is_none_or(allowed) {
                return Err(InvalidScene::WrongPerception { rule });
            }
        }
        Ok(Self {
            transfer_scene_id: id,
            user_recv_perception: perception,
            transfer_scene_report_infos: infos,
        })
    }
}

/// One fact WeChat demands to be told about a transfer.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ReportInfo {
    /// Which; see [`SceneRule::info_types`].
    pub info_type: InfoType,
    /// The fact.
    pub info_content: InfoContent,
}

/// A scene that is not described as WeChat demands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidScene {
    /// Every transfer reports something.
    #[error("a transfer must report at least one fact about its scene")]
    NothingReported,
    /// Facts are missing, doubled or foreign to the scene.
    #[error("scene {} reports exactly these facts, each once: {:?}", rule.id, rule.info_types)]
    WrongReport {
        /// The scene's rule.
        rule: &'static SceneRule,
    },
    /// The text shown to the person is not one of the scene's.
    #[error("scene {} can only be shown as one of {:?}", rule.id, rule.perceptions)]
    WrongPerception {
        /// The scene's rule.
        rule: &'static SceneRule,
    },
}

wire_id!(
    /// Why money is transferred: a scene granted to the merchant in its console.
    SceneId, "transfer_scene_id", 1..=36, "1 to 36 ASCII letters or digits", |b| b.is_ascii_alphanumeric()
);
wire_text!(
    /// What the person reads as the reason; one of the scene's texts.
    Perception, "user_recv_perception", 1..=256 chars
);
wire_text!(
    /// The name of a fact that is reported.
    InfoType, "info_type", 1..=15 chars
);
wire_text!(
    /// A fact that is reported.
    InfoContent, "info_content", 1..=32 chars
);
