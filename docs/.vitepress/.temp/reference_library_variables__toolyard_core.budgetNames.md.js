import { t as _plugin_vue_export_helper_default } from "./plugin-vue_export-helper.DjkACiAr.js";
import { useSSRContext } from "vue";
import { ssrRenderAttrs } from "vue/server-renderer";
// docs/.vitepress/pages/reference/library/variables/_toolyard_core.budgetNames.md
var __pageData = JSON.parse("{\"title\":\"Variable: budgetNames\",\"description\":\"\",\"frontmatter\":{},\"headers\":[],\"relativePath\":\"reference/library/variables/_toolyard_core.budgetNames.md\",\"filePath\":\"reference/library/variables/_toolyard_core.budgetNames.md\"}");
var _sfc_main = { name: "reference/library/variables/_toolyard_core.budgetNames.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
	_push(`<div${ssrRenderAttrs(_attrs)}><div><h1 id="variable-budgetnames" tabindex="-1">Variable: budgetNames <a class="header-anchor" href="#variable-budgetnames" aria-label="Permalink to “Variable: budgetNames”">​</a></h1><div class="language-ts"><button title="Copy code" data-copied="Copied" class="copy"></button><span class="lang">ts</span><pre class="shiki shiki-themes github-light github-dark" style="--shiki-light:#24292e;--shiki-dark:#e1e4e8;--shiki-light-bg:#fff;--shiki-dark-bg:#24292e;" tabindex="0" dir="ltr" v-pre=""><code><span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">const</span><span style="--shiki-light:#005CC5;--shiki-dark:#79B8FF;"> budgetNames</span><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">:</span><span style="--shiki-light:#c62739;--shiki-dark:#F97583;"> readonly</span><span style="--shiki-light:#24292E;--shiki-dark:#E1E4E8;"> (</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;refreshes&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;messageValues&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;unaskedPerSecond&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;listPages&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;definitionValues&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;definitionDepth&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;serversPerTenant&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;removedToolDays&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;automaticRefreshes&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;automaticRefreshBurst&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;scheduledRefreshes&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;spawns&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;tenantShare&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;resourceUpdatesPerSecond&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;inputRounds&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;argsIssues&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;checkSteps&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;cachedReads&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;auditDays&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;messageBytes&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;largeMessageBytes&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;largeMessageMs&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;errorBodyBytes&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;serverRequests&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;serverRequestMs&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;writeQueueBytes&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;connectionsPerOrigin&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;reconnectMinMs&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;reconnectMaxMs&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;listBytes&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;previewBytes&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;listTools&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;listResources&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;listResourceTemplates&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;listPrompts&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;listingBytes&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;largeListMs&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;rejectedTools&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;outcomeBytes&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;definitionBytes&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;toolsPerTenant&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;toolBytesPerTenant&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;featuresPerTenant&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;featureBytesPerTenant&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;removedToolsPerServer&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;refreshBytesPerServer&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;sessions&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;lookups&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;authorizations&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;requestsPerServer&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;followedUrisPerServer&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;followedUrisPerTenant&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;followersPerTenant&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;followedUriBytes&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;runsPerTenant&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;pausedRunsPerTenant&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;inputRequests&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;inputBytes&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;inputSchemaBytes&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;inputStateBytes&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;asksPerTenant&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;runBytesPerTenant&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;deadlineMs&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;argsBytes&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;uriBytes&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;cachedReadBytes&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;jobTextBytes&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;textBytes&quot;</span></span>
<span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">  |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;readBytes&quot;</span><span style="--shiki-light:#24292E;--shiki-dark:#E1E4E8;">)[];</span></span></code></pre></div></div></div>`);
}
var _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
	const ssrContext = useSSRContext();
	(ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("reference/library/variables/_toolyard_core.budgetNames.md");
	return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
var _toolyard_core_budgetNames_default = /*#__PURE__*/ _plugin_vue_export_helper_default(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export { __pageData, _toolyard_core_budgetNames_default as default };
