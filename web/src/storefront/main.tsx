import { start } from "../app/start";
import { Storefront } from "./storefront";

void start("", ["common"], <Storefront />);
