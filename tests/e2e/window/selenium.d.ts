// The published types have no name for this file, which Node needs to find it.
declare module "selenium-webdriver/http/index.js" {
  export { Executor, HttpClient } from "selenium-webdriver/http";
}
