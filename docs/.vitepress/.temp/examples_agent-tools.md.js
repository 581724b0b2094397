import { t as _plugin_vue_export_helper_default } from "./plugin-vue_export-helper.DjkACiAr.js";
import { useSSRContext } from "vue";
import { ssrRenderAttrs } from "vue/server-renderer";
// docs/.vitepress/pages/examples/agent-tools.md
var __pageData = JSON.parse("{\"title\":\"agent-tools\",\"description\":\"\",\"frontmatter\":{},\"headers\":[],\"relativePath\":\"examples/agent-tools.md\",\"filePath\":\"examples/agent-tools.md\"}");
var _sfc_main = { name: "examples/agent-tools.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
	_push(`<div${ssrRenderAttrs(_attrs)}><div><h1 id="agent-tools" tabindex="-1">agent-tools <a class="header-anchor" href="#agent-tools" aria-label="Permalink to “agent-tools”">​</a></h1><p>Run <code>npm run example agent-tools</code> in the root of the repository: an agent of the <a href="https://ai-sdk.dev" target="_blank" rel="noreferrer">AI SDK</a> works with a registry&#39;s tools. It needs no key and no network: the MCP server is a local process, and the model is <a href="/source/packages/examples/agent-tools/scripted-model-ts.html">scripted</a>. Replace the model with a provider&#39;s; the rest stays the same.</p><table tabindex="0"><thead><tr><th>in <a href="/source/packages/examples/agent-tools/main-ts.html"><code>main.ts</code></a></th><th></th></tr></thead><tbody><tr><td><code>toolSet(registry, …)</code></td><td>the tools by qualified name (<code>everything__get-sum</code>), each a run of the registry, with its history and events</td></tr><tr><td><code>needsApproval</code></td><td>which calls require approval; <code>generateText</code> ends with a <code>tool-approval-request</code>, and continues from the answer</td></tr><tr><td><code>abortSignal</code></td><td>aborting it cancels the run and notifies the MCP server</td></tr><tr><td><code>functionDefinition(tool, api)</code></td><td>the same tool for a model API called without the AI SDK</td></tr></tbody></table><p><a href="/packages/core.html#the-ai-sdk">The library&#39;s README</a> describes the adapter.</p></div></div>`);
}
var _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
	const ssrContext = useSSRContext();
	(ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("examples/agent-tools.md");
	return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
var agent_tools_default = /*#__PURE__*/ _plugin_vue_export_helper_default(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export { __pageData, agent_tools_default as default };
