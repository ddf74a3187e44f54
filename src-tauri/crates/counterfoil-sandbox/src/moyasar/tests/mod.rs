mod rules;
mod vectors;
