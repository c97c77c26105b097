//! A line on a picture, as arguments give it.

/// Two points of a picture, nm right and down from its upper left corner.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line(pub(super) [[f64; 2]; 2]);

impl std::str::FromStr for Line {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |text: &str| text.trim().parse().ok().filter(|value: &f64| value.is_finite());
        let point = |text: &str| text.split_once(',').and_then(|(x, y)| Some([number(x)?, number(y)?]));
        let ends = text.split_once("..").and_then(|(from, to)| Some([point(from)?, point(to)?]));
        ends.map(Line).ok_or_else(|| "write X0,Y0..X1,Y1 in nm, such as 0.5,1.5..2.7,1.5".to_owned())
    }
}
