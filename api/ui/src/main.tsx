import { render } from "preact";
import "uplot/dist/uPlot.min.css";
import "./style.css";
import "./fleet.css";
import "./workload.css";
import "./proof.css";
import "./plan.css";
import { App } from "./app";

const root = document.getElementById("app")!;
root.replaceChildren();
render(<App />, root);
