import { t as _plugin_vue_export_helper_default } from "./plugin-vue_export-helper.DjkACiAr.js";
import { useSSRContext } from "vue";
import { ssrRenderAttrs } from "vue/server-renderer";
// docs/.vitepress/pages/source/packages/toolyard/console.md
var __pageData = JSON.parse("{\"title\":\"packages/toolyard/console\",\"description\":\"\",\"frontmatter\":{\"search\":false,\"editLink\":false},\"headers\":[],\"relativePath\":\"source/packages/toolyard/console.md\",\"filePath\":\"source/packages/toolyard/console.md\"}");
var _sfc_main = { name: "source/packages/toolyard/console.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
	_push(`<div${ssrRenderAttrs(_attrs)}><div><h1 id="packagestoolyardconsole" tabindex="-1">packages/toolyard/console <a class="header-anchor" href="#packagestoolyardconsole" aria-label="Permalink to “packages/toolyard/console”">​</a></h1><ul><li><a href="/source/packages/toolyard/console/index-html.html">index.html</a></li><li><a href="/source/packages/toolyard/console/precompress-ts.html">precompress.ts</a></li><li><a href="/source/packages/toolyard/console/tsconfig-json.html">tsconfig.json</a></li><li><a href="/source/packages/toolyard/console/tsconfig-tsbuildinfo.html">tsconfig.tsbuildinfo</a></li><li><a href="/source/packages/toolyard/console/vite-config-ts.html">vite.config.ts</a></li></ul></div></div>`);
}
var _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
	const ssrContext = useSSRContext();
	(ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("source/packages/toolyard/console.md");
	return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
var console_default = /*#__PURE__*/ _plugin_vue_export_helper_default(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export { __pageData, console_default as default };
