// Stands in for the theme's script of the same name (543 kB), which draws icons that its style sheet draws too.
