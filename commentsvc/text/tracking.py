"""Query parameters that say where a visitor came from, and never which article is read."""

_PREFIXES = (
    "utm_",  # campaign links, everywhere
    "mtm_",  # Matomo
    "pk_",  # Matomo, formerly Piwik
    "hsa_",  # HubSpot advertising
)

_NAMES = frozenset(
    (
        # Clicks on advertisements
        "dclid",
        "epik",
        "fbclid",
        "gad_source",
        "gbraid",
        "gclid",
        "gclsrc",
        "li_fat_id",
        "msclkid",
        "rdt_cid",
        "srsltid",
        "ttclid",
        "twclid",
        "wbraid",
        "yclid",
        "ysclid",
        # Shared from an application
        "fb_action_ids",
        "fb_action_types",
        "fb_ref",
        "fb_source",
        "igsh",
        "igshid",
        "ref_src",
        "ref_url",
        "si",
        # Followed from a letter
        "_hsenc",
        "_hsmi",
        "_kx",
        "mc_cid",
        "mc_eid",
        "mkt_tok",
        "oly_anon_id",
        "oly_enc_id",
        "vero_id",
        # Visits told across sites
        "_ga",
        "_gl",
        "_openstat",
        # WordPress: which comment's reply link was followed
        "replytocom",
    )
)


def is_tracking(name: str) -> bool:
    """Say whether a query parameter, by its decoded name, tells about the visit and not about the article."""
    lower = name.lower()
    return lower in _NAMES or lower.startswith(_PREFIXES)
