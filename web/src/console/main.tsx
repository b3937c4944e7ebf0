import { start } from "../app/start";
import { Console } from "./console";

void start("/console", ["common", "console"], <Console />);
