//! Report to scene to picture: one description of panels, axes, series and labels, many painters.
