import { t as _plugin_vue_export_helper_default } from "./plugin-vue_export-helper.DjkACiAr.js";
import { useSSRContext } from "vue";
import { ssrRenderAttrs } from "vue/server-renderer";
// docs/.vitepress/pages/reference/library/interfaces/_toolyard_core.ActorOptions.md
var __pageData = JSON.parse("{\"title\":\"Interface: ActorOptions\",\"description\":\"\",\"frontmatter\":{},\"headers\":[],\"relativePath\":\"reference/library/interfaces/_toolyard_core.ActorOptions.md\",\"filePath\":\"reference/library/interfaces/_toolyard_core.ActorOptions.md\"}");
var _sfc_main = { name: "reference/library/interfaces/_toolyard_core.ActorOptions.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
	_push(`<div${ssrRenderAttrs(_attrs)}><div><h1 id="interface-actoroptions" tabindex="-1">Interface: ActorOptions <a class="header-anchor" href="#interface-actoroptions" aria-label="Permalink to “Interface: ActorOptions”">​</a></h1><p>The actor of a change, for the audit: the id of a key or a person. At most 255 characters.</p><h2 id="extended-by" tabindex="-1">Extended by <a class="header-anchor" href="#extended-by" aria-label="Permalink to “Extended by”">​</a></h2><ul><li><a href="./_toolyard_core.ServerRequestOptions.html"><code>ServerRequestOptions</code></a></li><li><a href="./_toolyard_core.ApprovalActorOptions.html"><code>ApprovalActorOptions</code></a></li><li><a href="./_toolyard_core.RefreshOptions.html"><code>RefreshOptions</code></a></li><li><a href="./_toolyard_core.AnswerRunInput.html"><code>AnswerRunInput</code></a></li><li><a href="./_toolyard_core.DecideRunInput.html"><code>DecideRunInput</code></a></li><li><a href="./_toolyard_core.RunOptions.html"><code>RunOptions</code></a></li></ul><h2 id="properties" tabindex="-1">Properties <a class="header-anchor" href="#properties" aria-label="Permalink to “Properties”">​</a></h2><h3 id="actor" tabindex="-1">actor? <a class="header-anchor" href="#actor" aria-label="Permalink to “actor?”">​</a></h3><div class="language-ts"><button title="Copy code" data-copied="Copied" class="copy"></button><span class="lang">ts</span><pre class="shiki shiki-themes github-light github-dark" style="--shiki-light:#24292e;--shiki-dark:#e1e4e8;--shiki-light-bg:#fff;--shiki-dark-bg:#24292e;" tabindex="0" dir="ltr" v-pre=""><code><span class="line"><span style="--shiki-light:#24292E;--shiki-dark:#E1E4E8;">readonly actor</span><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">?:</span><span style="--shiki-light:#24292E;--shiki-dark:#E1E4E8;"> string;</span></span></code></pre></div></div></div>`);
}
var _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
	const ssrContext = useSSRContext();
	(ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("reference/library/interfaces/_toolyard_core.ActorOptions.md");
	return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
var _toolyard_core_ActorOptions_default = /*#__PURE__*/ _plugin_vue_export_helper_default(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export { __pageData, _toolyard_core_ActorOptions_default as default };
