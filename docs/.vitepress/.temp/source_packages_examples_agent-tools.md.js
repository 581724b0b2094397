import { t as _plugin_vue_export_helper_default } from "./plugin-vue_export-helper.DjkACiAr.js";
import { useSSRContext } from "vue";
import { ssrRenderAttrs } from "vue/server-renderer";
// docs/.vitepress/pages/source/packages/examples/agent-tools.md
var __pageData = JSON.parse("{\"title\":\"packages/examples/agent-tools\",\"description\":\"\",\"frontmatter\":{\"search\":false,\"editLink\":false},\"headers\":[],\"relativePath\":\"source/packages/examples/agent-tools.md\",\"filePath\":\"source/packages/examples/agent-tools.md\"}");
var _sfc_main = { name: "source/packages/examples/agent-tools.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
	_push(`<div${ssrRenderAttrs(_attrs)}><div><h1 id="packagesexamplesagent-tools" tabindex="-1">packages/examples/agent-tools <a class="header-anchor" href="#packagesexamplesagent-tools" aria-label="Permalink to “packages/examples/agent-tools”">​</a></h1><ul><li><a href="/source/packages/examples/agent-tools/main-ts.html">main.ts</a></li><li><a href="/source/packages/examples/agent-tools/scripted-model-ts.html">scripted-model.ts</a></li></ul></div></div>`);
}
var _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
	const ssrContext = useSSRContext();
	(ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("source/packages/examples/agent-tools.md");
	return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
var agent_tools_default = /*#__PURE__*/ _plugin_vue_export_helper_default(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export { __pageData, agent_tools_default as default };
