import { t as _plugin_vue_export_helper_default } from "./plugin-vue_export-helper.DjkACiAr.js";
import { useSSRContext } from "vue";
import { ssrRenderAttrs } from "vue/server-renderer";
// docs/.vitepress/pages/reference/library/types/_toolyard_core.CanceledBy.md
var __pageData = JSON.parse("{\"title\":\"Type Alias: CanceledBy\",\"description\":\"\",\"frontmatter\":{},\"headers\":[],\"relativePath\":\"reference/library/types/_toolyard_core.CanceledBy.md\",\"filePath\":\"reference/library/types/_toolyard_core.CanceledBy.md\"}");
var _sfc_main = { name: "reference/library/types/_toolyard_core.CanceledBy.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
	_push(`<div${ssrRenderAttrs(_attrs)}><div><h1 id="type-alias-canceledby" tabindex="-1">Type Alias: CanceledBy <a class="header-anchor" href="#type-alias-canceledby" aria-label="Permalink to “Type Alias: CanceledBy”">​</a></h1><div class="language-ts"><button title="Copy code" data-copied="Copied" class="copy"></button><span class="lang">ts</span><pre class="shiki shiki-themes github-light github-dark" style="--shiki-light:#24292e;--shiki-dark:#e1e4e8;--shiki-light-bg:#fff;--shiki-dark-bg:#24292e;" tabindex="0" dir="ltr" v-pre=""><code><span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">type</span><span style="--shiki-light:#6F42C1;--shiki-dark:#B392F0;"> CanceledBy</span><span style="--shiki-light:#c62739;--shiki-dark:#F97583;"> =</span><span style="--shiki-light:#24292E;--shiki-dark:#E1E4E8;"> </span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;CALLER&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;SIGNAL&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;SERVER_UPDATED&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;SERVER_DELETED&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;REGISTRY_CLOSED&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;REJECTED&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;TOOL_UNAVAILABLE&quot;</span><span style="--shiki-light:#24292E;--shiki-dark:#E1E4E8;">;</span></span></code></pre></div><p>The cause of a cancellation: a caller by its handle or id, a caller&#39;s signal, a change of the server, the registry&#39;s close; or of a paused run, its rejection, or a tool that can no longer be run.</p></div></div>`);
}
var _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
	const ssrContext = useSSRContext();
	(ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("reference/library/types/_toolyard_core.CanceledBy.md");
	return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
var _toolyard_core_CanceledBy_default = /*#__PURE__*/ _plugin_vue_export_helper_default(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export { __pageData, _toolyard_core_CanceledBy_default as default };
