//! The price list. Prices live here and nowhere else: no price ever comes from a front end.

use serde::Serialize;

/// A text in both languages.
#[derive(Serialize)]
pub(crate) struct Text {
    zh: &'static str,
    en: &'static str,
}

/// Something we sell.
#[derive(Serialize)]
pub(crate) struct Product {
    pub(crate) sku: &'static str,
    pub(crate) name: Text,
    description: Text,
    /// A whole number of fen.
    pub(crate) price_fen: i64,
}

impl Product {
    /// The name on the payer's bill.
    pub(crate) fn bill_name(&self) -> &'static str {
        self.name.zh
    }
}

pub(crate) const PRODUCTS: [Product; 4] = [
    Product {
        sku: "longjing",
        name: Text { zh: "西湖龙井", en: "Longjing green tea" },
        description: Text {
            zh: "明前新茶，清香回甘", en: "First harvest, light and sweet"
        },
        price_fen: 1_800,
    },
    Product {
        sku: "tieguanyin",
        name: Text { zh: "安溪铁观音", en: "Tieguanyin oolong" },
        description: Text {
            zh: "兰花香，七泡有余香",
            en: "Orchid notes, good for seven infusions",
        },
        price_fen: 2_200,
    },
    Product {
        sku: "jasmine-milk",
        name: Text { zh: "茉莉奶绿", en: "Jasmine milk tea" },
        description: Text {
            zh: "现萃茉莉绿茶与鲜奶", en: "Fresh jasmine green tea and milk"
        },
        price_fen: 1_500,
    },
    Product {
        sku: "sample",
        name: Text { zh: "一口茶", en: "A sip of tea" },
        description: Text { zh: "试饮装，一分钱", en: "A taste, for one fen" },
        price_fen: 1,
    },
];

/// Looks a product up.
pub(crate) fn find(sku: &str) -> Option<&'static Product> {
    PRODUCTS.iter().find(|product| product.sku == sku)
}
