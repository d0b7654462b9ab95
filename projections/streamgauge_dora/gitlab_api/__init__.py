"""GitLab's own API of DORA metrics, answered from here: what asks GitLab need not be changed."""

from streamgauge_dora.gitlab_api.endpoint import GitLabDora

__all__ = ["GitLabDora"]
