/** The version in package.json; the bundler writes it into the code. */
export { version } from "../package.json";
