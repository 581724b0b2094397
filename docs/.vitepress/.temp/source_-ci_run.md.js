import { t as _plugin_vue_export_helper_default } from "./plugin-vue_export-helper.DjkACiAr.js";
import { useSSRContext } from "vue";
import { ssrRenderAttrs } from "vue/server-renderer";
// docs/.vitepress/pages/source/-ci/run.md
var __pageData = JSON.parse("{\"title\":\".ci/run\",\"description\":\"\",\"frontmatter\":{\"search\":false,\"editLink\":false},\"headers\":[],\"relativePath\":\"source/-ci/run.md\",\"filePath\":\"source/-ci/run.md\"}");
var _sfc_main = { name: "source/-ci/run.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
	_push(`<div${ssrRenderAttrs(_attrs)}><div><h1 id="cirun" tabindex="-1">.ci/run <a class="header-anchor" href="#cirun" aria-label="Permalink to “.ci/run”">​</a></h1><div class="language-txt"><button title="Copy code" data-copied="Copied" class="copy"></button><span class="lang">txt</span><pre class="shiki shiki-themes github-light github-dark" style="--shiki-light:#24292e;--shiki-dark:#e1e4e8;--shiki-light-bg:#fff;--shiki-dark-bg:#24292e;" tabindex="0" dir="ltr" v-pre=""><code><span class="line"><span>#!/usr/bin/env bash</span></span>
<span class="line"><span># What gates: the README&#39;s own commands on a clean checkout, then lint, what is printed from the code, packages, image and examples.</span></span>
<span class="line"><span>set -euo pipefail</span></span>
<span class="line"><span>cd &quot;\$(dirname &quot;\$0&quot;)/..&quot;</span></span>
<span class="line"><span></span></span>
<span class="line"><span># Where it cannot be started, its tests fail instead of being left out.</span></span>
<span class="line"><span>export TOOLYARD_TEST_POSTGRES=required</span></span>
<span class="line"><span></span></span>
<span class="line"><span>step() {</span></span>
<span class="line"><span>  printf &#39;\\n== %s\\n&#39; &quot;\$*&quot;</span></span>
<span class="line"><span>  local started=\$SECONDS</span></span>
<span class="line"><span>  &quot;\$@&quot;</span></span>
<span class="line"><span>  printf &#39;== %s: %s s\\n&#39; &quot;\$*&quot; &quot;\$((SECONDS - started))&quot;</span></span>
<span class="line"><span>}</span></span>
<span class="line"><span></span></span>
<span class="line"><span># Two lanes of steps, of which each takes one processor most of the time. All that they need is built before, and only one of</span></span>
<span class="line"><span># them builds anything.</span></span>
<span class="line"><span>site() {</span></span>
<span class="line"><span>  step npm run lint</span></span>
<span class="line"><span>  step npm run schema:check</span></span>
<span class="line"><span>  step npm run docs:settings:check</span></span>
<span class="line"><span>  step npm run docs</span></span>
<span class="line"><span>  step npm run docs:check</span></span>
<span class="line"><span>}</span></span>
<span class="line"><span></span></span>
<span class="line"><span>programs() {</span></span>
<span class="line"><span>  step npm run docs:screenshots:check</span></span>
<span class="line"><span>  step npm run check:packages</span></span>
<span class="line"><span>  step npm run check:image</span></span>
<span class="line"><span>  step npm run example quick-start</span></span>
<span class="line"><span>  step npm run example subscriptions</span></span>
<span class="line"><span>  step npm run example agent-tools</span></span>
<span class="line"><span>  step npm run example approvals</span></span>
<span class="line"><span>}</span></span>
<span class="line"><span></span></span>
<span class="line"><span># Runs lanes side by side, marks their lines by their names, and fails once all have ended if one of them failed.</span></span>
<span class="line"><span>beside() {</span></span>
<span class="line"><span>  local lane pid started=\$SECONDS pids=() failed=0</span></span>
<span class="line"><span>  for lane in &quot;\$@&quot;; do</span></span>
<span class="line"><span>    (set -e; &quot;\$lane&quot;) &gt; &gt;(awk -v lane=&quot;\$lane&quot; &#39;{ print lane &quot; | &quot; \$0; fflush() }&#39;) 2&gt;&amp;1 &amp;</span></span>
<span class="line"><span>    pids+=(\$!)</span></span>
<span class="line"><span>  done</span></span>
<span class="line"><span>  for pid in &quot;\${pids[@]}&quot;; do wait &quot;\$pid&quot; || failed=1; done</span></span>
<span class="line"><span>  printf &#39;\\n== %s, side by side: %s s\\n&#39; &quot;\$*&quot; &quot;\$((SECONDS - started))&quot;</span></span>
<span class="line"><span>  return &quot;\$failed&quot;</span></span>
<span class="line"><span>}</span></span>
<span class="line"><span></span></span>
<span class="line"><span># The browser of the console&#39;s tests.</span></span>
<span class="line"><span>if [ -z &quot;\${CHROMIUM_PATH:-}&quot; ] &amp;&amp; [ ! -x /usr/bin/chromium-headless-shell ] &amp;&amp; [ ! -x /usr/bin/chromium ] &amp;&amp; [ &quot;\$(id -u)&quot; = 0 ] &amp;&amp; command -v apt-get &gt;/dev/null; then</span></span>
<span class="line"><span>  step apt-get update -q</span></span>
<span class="line"><span>  browser=chromium</span></span>
<span class="line"><span>  if apt-cache show chromium-headless-shell &gt;/dev/null 2&gt;&amp;1; then browser=chromium-headless-shell; fi</span></span>
<span class="line"><span>  step apt-get install -yq --no-install-recommends &quot;\$browser&quot;</span></span>
<span class="line"><span>fi</span></span>
<span class="line"><span></span></span>
<span class="line"><span>step npm ci</span></span>
<span class="line"><span>step npm test</span></span>
<span class="line"><span>step npm run test:soak</span></span>
<span class="line"><span># Adds a file to the sources while it runs.</span></span>
<span class="line"><span>step npm run lint:rooms</span></span>
<span class="line"><span>beside site programs</span></span>
<span class="line"><span># Some of its scenarios measure time.</span></span>
<span class="line"><span>step npm run check:conformance</span></span>
<span class="line"><span>printf &#39;\\nall steps passed\\n&#39;</span></span></code></pre></div></div></div>`);
}
var _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
	const ssrContext = useSSRContext();
	(ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("source/-ci/run.md");
	return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
var run_default = /*#__PURE__*/ _plugin_vue_export_helper_default(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export { __pageData, run_default as default };
