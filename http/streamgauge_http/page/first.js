// What to say before there is anything to measure: how the first event is sent.

import { el, fill } from "./dom.js";
import { onward } from "./question.js";
import { waiting } from "./states.js";

/** Nothing has come yet. */
export function noEvents() {
  return waiting(
    "No events yet",
    el(
      "p",
      {},
      "Streamgauge measures what your tools tell it. Send it a first deployment from a terminal:",
    ),
    command(),
    el(
      "p",
      {},
      "Then connect the tools you have: point their webhooks at ",
      el("code", {}, `${location.origin}/webhooks/github`),
      ", or /gitlab, /jenkins, /argo-cd and others.",
    ),
    el("p", {}, "This page looks again by itself. What comes in is to be seen, as it comes, in ", live(), "."),
  );
}

/** Something has come, but no deployment. */
export function noDeployments() {
  return waiting(
    "No deployments yet",
    el(
      "p",
      {},
      "Events have come in, but none of them told of a deployment. ",
      live(),
      " shows what comes, and ",
      stages(),
      " what could not be handled.",
    ),
    el(
      "p",
      {},
      "What deploys is set for each tool. Of GitHub deployments count, and with ",
      el("code", {}, "deployment_releases = true"),
      " published releases, or with ",
      el("code", {}, "deployment_workflows"),
      " runs of a workflow. What came before counts once it was replayed; an import says which of them there are.",
    ),
    el("p", {}, "Anything else can post its deployments:"),
    command(),
  );
}

const live = () => el("a", { href: onward(["live"]) }, "Live");
const stages = () => el("a", { href: onward(["stages"]) }, "Stages");

function command() {
  const text = el("pre", { tabindex: "0", "aria-label": "Command" }, curl());
  const copy = async (event) => fill(event.target, (await copied(text)) ? "Copied" : "It is selected: copy it");
  return el(
    "div",
    { class: "command" },
    text,
    el("button", { type: "button", class: "button", on: { click: copy } }, "Copy"),
  );
}

/** Whether the text is in the clipboard. Over plain http there is only the older way, which needs a selection. */
async function copied(element) {
  try {
    await navigator.clipboard.writeText(element.textContent);
    return true;
  } catch {
    getSelection().selectAllChildren(element);
    return document.execCommand("copy");
  }
}

function curl() {
  const now = new Date().toISOString();
  const type = "dev.cdevents.service.deployed.0.3.0";
  const id = `first-${Date.now()}`;
  const event = {
    context: { specversion: "0.5.1", id, source: "/terminal", type, timestamp: now },
    subject: {
      id: "shop",
      content: { environment: { id: "production" }, artifactId: "pkg:oci/shop@sha256:4a2f" },
    },
  };
  const headers = [
    "ce-specversion: 1.0",
    `ce-id: ${id}`,
    "ce-source: /terminal",
    `ce-type: ${type}`,
    "ce-subject: shop",
    `ce-time: ${now}`,
    "content-type: application/json",
  ];
  return [
    `curl -i ${location.origin}/cdevents \\`,
    ...headers.map((header) => `  -H '${header}' \\`),
    `  -d '${JSON.stringify(event)}'`,
  ].join("\n");
}
