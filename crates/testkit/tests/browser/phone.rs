//! A hand on the phone: Chromium, driven by chromedriver.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

use thirtyfour::{
    By, ChromiumLikeCapabilities as _, DesiredCapabilities, Key, WebDriver, WebElement,
    error::WebDriverResult, prelude::ElementQueryable as _,
};

/// Long against a slow machine; a screen that needs longer is a failure.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often in a row a screen may change under the eye.
const REDRAWN_LIMIT: usize = 20;
/// Into how many looks that time is cut where the frame itself may change.
const FRAMES_LIMIT: u32 = 10;
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Chromium as root in a container, with nothing of its own on the network.
const FLAGS: [&str; 9] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    // A sheet that is still rising is not where a finger aims.
    "--force-prefers-reduced-motion",
];

/// The phone's page in a browser window.
pub(crate) struct Phone {
    driver: WebDriver,
    chromedriver: Chromedriver,
}

impl Phone {
    pub(crate) async fn open(url: &str, language: &str, width: u32) -> Self {
        Self::open_with(url, language, width, &[]).await
    }

    /// With flags of Chromium's own beside ours.
    pub(crate) async fn open_with(url: &str, language: &str, width: u32, flags: &[&str]) -> Self {
        has_pages(url).await;
        let chromedriver = Chromedriver::start();
        let mut capabilities = DesiredCapabilities::chrome();
        for flag in FLAGS.iter().chain(flags) {
            capabilities.add_arg(flag).expect("a flag");
        }
        let locale = if language == "zh" { "zh-CN" } else { "en-US" };
        capabilities.add_arg(&format!("--lang={locale}")).expect("a flag");
        let driver = WebDriver::new(&chromedriver.url, capabilities).await.expect("a browser");
        driver.set_window_rect(0, 0, width, 900).await.expect("a window");
        driver.goto(format!("{url}/?lang={language}")).await.expect("the phone opens");
        Self { driver, chromedriver }
    }

    /// Starts the shop's program from the home screen.
    pub(crate) async fn start_program(&self) {
        self.click("[data-testid^='program-']").await;
    }

    /// Waits until something is on the phone.
    pub(crate) async fn see(&self, testid: &str) -> WebElement {
        self.find(&by_testid(testid)).await
    }

    pub(crate) async fn tap(&self, testid: &str) {
        self.click(&by_testid(testid)).await;
    }

    /// Waits until something is on the program's page, and taps it.
    pub(crate) async fn tap_in_program(&self, testid: &str) {
        self.enter_program().await;
        self.tap(testid).await;
        self.leave_program().await;
    }

    /// Waits until an element of the program says something.
    pub(crate) async fn see_in_program(&self, testid: &str, text: &str) {
        self.enter_program().await;
        self.wait_for_text(testid, text).await;
        self.leave_program().await;
    }

    /// Waits until an element of the program says something, though the program starts afresh meanwhile.
    pub(crate) async fn see_in_program_anew(&self, testid: &str, text: &str) {
        let wanted = thirtyfour::stringmatch::StringMatch::new(text.to_owned()).partial();
        let frame_limit = PATIENCE / FRAMES_LIMIT;
        for _ in 0..FRAMES_LIMIT {
            self.enter_program().await;
            let query = self.driver.query(By::Css(by_testid(testid))).with_text(wanted.clone());
            let found = query.wait(frame_limit, LOOK_EVERY).first().await;
            self.leave_program().await;
            if found.is_ok() {
                return;
            }
        }
        self.shoot("failed").await;
        panic!("{testid} does not say {text:?} (failed.png)");
    }

    /// Keeps a finger on something of the program until something else says that it noticed.
    pub(crate) async fn hold_in_program(&self, testid: &str, (other, text): (&str, &str)) {
        self.enter_program().await;
        let element = self.find(&by_testid(testid)).await;
        let pressed = self.driver.action_chain().click_and_hold_element(&element).perform().await;
        pressed.expect("a finger can be put down");
        self.wait_for_text(other, text).await;
        self.driver.action_chain().release().perform().await.expect("a finger can be lifted");
        self.leave_program().await;
    }

    /// Types into a field of the program, in the place of what was there.
    pub(crate) async fn fill_in_program(&self, testid: &str, text: &str) {
        self.enter_program().await;
        let selector = ["input", "textarea"].map(|tag| format!("{} {tag}", by_testid(testid)));
        let field = self.find(&selector.join(", ")).await;
        field.clear().await.expect("a field can be emptied");
        field.send_keys(text).await.expect("a field takes text");
        self.leave_program().await;
    }

    /// What an element of the program says now.
    pub(crate) async fn text_in_program(&self, testid: &str) -> String {
        self.enter_program().await;
        let text = self.text(testid).await;
        self.leave_program().await;
        text
    }

    /// Opens the latest message of a mini program.
    pub(crate) async fn tap_letter(&self) {
        self.click("[data-testid^='open-'].open-letter").await;
    }

    async fn wait_for_text(&self, testid: &str, text: &str) {
        let selector = by_testid(testid);
        let text_match = thirtyfour::stringmatch::StringMatch::new(text.to_owned()).partial();
        let found = self
            .steadily(async || {
                let query = self.driver.query(By::Css(selector.clone()));
                query.with_text(text_match.clone()).wait(PATIENCE, LOOK_EVERY).first().await
            })
            .await;
        if found.is_err() {
            self.shoot("failed").await;
        }
        found.unwrap_or_else(|_| panic!("{testid} does not say {text:?} (failed.png)"));
    }

    /// A screen may be drawn anew while it is looked at; then it is looked at once more.
    async fn steadily<T>(&self, look: impl AsyncFn() -> WebDriverResult<T>) -> WebDriverResult<T> {
        for _ in 0..REDRAWN_LIMIT {
            match look().await {
                Err(error) if error.to_string().contains("stale") => {}
                found => return found,
            }
        }
        look().await
    }

    /// Types an address into the browser that is open.
    pub(crate) async fn go_to(&self, url: &str) {
        self.fill_in("address", &format!("{url}\n")).await;
    }

    /// Waits until something is on the web page that is open, and taps it.
    pub(crate) async fn tap_on_page(&self, testid: &str) {
        self.enter_page().await;
        self.tap(testid).await;
        self.leave_program().await;
    }

    /// Waits until an element of the web page says something.
    pub(crate) async fn see_on_page(&self, testid: &str, text: &str) {
        self.enter_page().await;
        self.wait_for_text(testid, text).await;
        self.leave_program().await;
    }

    async fn enter_page(&self) {
        let entered = self.steadily(async || self.see("web-page").await.enter_frame().await).await;
        entered.expect("the page's frame");
    }

    /// Taps 123456, the PIN of every simulated user, and waits for the cashier's last page.
    pub(crate) async fn enter_pin(&self) {
        for digit in 1..=6 {
            self.tap(&format!("cashier-key-{digit}")).await;
        }
        self.see("cashier-done").await;
    }

    /// Types into a field, in the place of what was there.
    pub(crate) async fn fill_in(&self, testid: &str, text: &str) {
        let filled = self.steadily(async || {
            let field = self.see(testid).await;
            field.clear().await?;
            field.send_keys(text).await
        });
        filled.await.expect("a field takes text");
    }

    /// Waits until an element of the phone says something.
    pub(crate) async fn read(&self, testid: &str, text: &str) {
        self.wait_for_text(testid, text).await;
    }

    /// What an element of the phone says now.
    pub(crate) async fn text(&self, testid: &str) -> String {
        self.steadily(async || self.see(testid).await.text().await).await.expect("it has a text")
    }

    /// Waits until an element no longer says what it said.
    pub(crate) async fn says_other_than(&self, testid: &str, former: &str) {
        let same = thirtyfour::stringmatch::StringMatch::new(former.to_owned());
        let gone = self.steadily(async || {
            let query = self.driver.query(By::Css(by_testid(testid))).with_text(same.clone());
            query.wait(PATIENCE, LOOK_EVERY).not_exists().await
        });
        assert!(gone.await.expect("the page answers"), "{testid} still says {former:?}");
    }

    /// Chooses one of a list.
    pub(crate) async fn choose(&self, testid: &str, value: &str) {
        self.click(&format!("{} option[value='{value}']", by_testid(testid))).await;
    }

    /// Waits until something is no longer there.
    pub(crate) async fn vanishes(&self, testid: &str) {
        let query = self.driver.query(By::Css(by_testid(testid)));
        let gone = query.wait(PATIENCE, LOOK_EVERY).not_exists().await.expect("the page answers");
        assert!(gone, "{testid} is still there");
    }

    /// Chooses a file in a field that may be hidden behind its label.
    pub(crate) async fn choose_file(&self, testid: &str, file: &Path) {
        let field = self.driver.query(By::Css(by_testid(testid)));
        let field = field.wait(PATIENCE, LOOK_EVERY).first().await.expect("a field for files");
        field.send_keys(file.to_string_lossy()).await.expect("a field takes a file");
    }

    pub(crate) async fn type_pin(&self, digits: &str) {
        let typed = self.steadily(async || self.see("cashier").await.send_keys(digits).await).await;
        typed.expect("the cashier takes digits");
    }

    /// Presses keys where the focus is.
    pub(crate) async fn press(&self, keys: &str) {
        let pressed =
            self.steadily(async || self.driver.active_element().await?.send_keys(keys).await);
        pressed.await.expect("the page takes keys");
    }

    /// Presses a key that has a name.
    pub(crate) async fn key(&self, key: Key) {
        self.press(&key.value().to_string()).await;
    }

    /// The test id of what has the focus.
    pub(crate) async fn focused(&self) -> String {
        let id = self.driver.execute("return document.activeElement?.dataset.testid ?? ''", []);
        let id = id.await.expect("a script runs");
        id.json().as_str().unwrap_or_default().to_owned()
    }

    /// What a script in the host page gives back.
    pub(crate) async fn ask_page(&self, script: &str) -> serde_json::Value {
        self.driver.execute(script, []).await.expect("a script runs").json().clone()
    }

    /// What stands in a field.
    pub(crate) async fn value(&self, testid: &str) -> String {
        let value = self.steadily(async || self.see(testid).await.prop("value").await).await;
        value.expect("a field has a value").unwrap_or_default()
    }

    /// Leads the whole window elsewhere.
    pub(crate) async fn leave_for(&self, url: &str) {
        // Nothing answers there; that it was tried is what is wanted.
        let _ = self.driver.goto(url).await;
    }

    /// Keeps what is on the screen.
    pub(crate) async fn shoot(&self, name: &str) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/screenshots");
        std::fs::create_dir_all(&folder).expect("a folder for screenshots");
        self.driver.screenshot(&folder.join(format!("{name}.png"))).await.expect("a screenshot");
    }

    pub(crate) async fn close(self) {
        self.driver.quit().await.expect("the browser closes");
        drop(self.chromedriver);
    }

    async fn click(&self, selector: &str) {
        let clicked = self.steadily(async || self.find(selector).await.click().await).await;
        clicked.unwrap_or_else(|error| panic!("{selector} cannot be tapped: {error}"));
    }

    async fn find(&self, selector: &str) -> WebElement {
        let found = self
            .steadily(async || {
                let query = self.driver.query(By::Css(selector.to_owned()));
                query.wait(PATIENCE, LOOK_EVERY).and_displayed().first().await
            })
            .await;
        if found.is_err() {
            self.shoot("failed").await;
        }
        found.unwrap_or_else(|error| panic!("{selector} does not appear (failed.png): {error}"))
    }

    /// The program runs in a frame of another origin.
    async fn enter_program(&self) {
        let entered = self.steadily(async || self.see("guest").await.enter_frame().await).await;
        entered.expect("the program's frame");
    }

    async fn leave_program(&self) {
        self.driver.enter_default_frame().await.expect("the phone's page");
    }
}

/// Without this a program that was built without its pages fails far from the reason.
async fn has_pages(url: &str) {
    let client = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
    let answer = client.get(url).send().await.expect("the phone's address answers");
    assert!(
        answer.status().is_success(),
        "this suanpan was built without the phone ({} at {url}): cargo xtask assets && \
         cargo build --workspace --features suanpan-simulator/phone",
        answer.status()
    );
}

fn by_testid(testid: &str) -> String {
    format!("[data-testid='{testid}']")
}

/// The driver process, on a port of its own choice.
struct Chromedriver {
    process: Child,
    url: String,
    /// Held open: chromedriver writes to it until it ends.
    _stdout: BufReader<ChildStdout>,
}

impl Chromedriver {
    fn start() -> Self {
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .spawn()
            .expect("chromedriver is installed: apt-get install -y chromium chromium-driver");
        let mut stdout = BufReader::new(process.stdout.take().expect("standard output is piped"));
        let port = loop {
            let mut line = String::new();
            let read = stdout.read_line(&mut line).expect("chromedriver talks");
            assert!(read > 0, "chromedriver ended before it said its port");
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                break port.trim_end().trim_end_matches('.').to_owned();
            }
        };
        Self { process, url: format!("http://127.0.0.1:{port}"), _stdout: stdout }
    }
}

impl Drop for Chromedriver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
