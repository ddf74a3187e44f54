//! Generates the window's permissions: the one command it may call.

fn main() {
    // The screen is embedded: a new one makes a new program.
    println!("cargo:rerun-if-changed=../ui/dist");
    let commands = tauri_build::AppManifest::new().commands(&["rpc"]);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(commands))
        .expect("tauri.conf.json and the capabilities are part of this source tree");
}
