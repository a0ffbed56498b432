"""The timber hall at the axis' end, by the module of Yingzao Fashi (Li Jie, 1103)."""
