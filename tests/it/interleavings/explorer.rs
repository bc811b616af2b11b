//! Every state that a small system can get into, by whatever order of steps, looked at one after the other.
//!
//! Breadth first, so that the way to what must not be is a shortest one. Beside what must hold in every state and at every step, the
//! system has to be able to come to rest from wherever it is. stateright would do the same for bigger systems; it cannot be had
//! without its HTTP server, and what it says of "in the end" it does not promise where steps lead in circles.

use std::collections::HashMap;
use std::collections::VecDeque;
use std::fmt::Debug;
use std::hash::Hash;

/// A system with few enough states.
pub(super) trait System {
    type State: Clone + Eq + Hash + Debug;
    type Step: Copy + Debug;

    fn start(&self) -> Self::State;

    /// Everything that can happen next.
    fn steps(&self, state: &Self::State) -> Vec<Self::Step>;

    fn after(&self, state: &Self::State, step: Self::Step) -> Self::State;

    /// The rule that this step breaks, if it breaks one.
    fn broken(&self, before: &Self::State, step: Self::Step, after: &Self::State) -> Option<&'static str>;

    /// Nothing is left to do.
    fn is_at_rest(&self, state: &Self::State) -> bool;
}

/// How much was looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Explored {
    pub(super) states: usize,
    pub(super) steps: usize,
}

/// A shortest way to where a rule is broken.
#[derive(Debug)]
pub(super) struct Counterexample<S: System> {
    pub(super) rule: &'static str,
    pub(super) steps: Vec<S::Step>,
    #[expect(dead_code, reason = "a test that fails prints it")]
    pub(super) state: S::State,
}

/// Where a state was first met, and where steps lead from it.
struct Met<S: System> {
    state: S::State,
    from: Option<(usize, S::Step)>,
    comes_from: Vec<usize>,
}

pub(super) fn explore<S: System>(system: &S) -> Result<Explored, Counterexample<S>> {
    let start = system.start();
    let mut places = HashMap::from([(start.clone(), 0)]);
    let mut met: Vec<Met<S>> = vec![Met {
        state: start,
        from: None,
        comes_from: Vec::new(),
    }];
    let mut next = VecDeque::from([0]);
    let mut steps = 0;
    while let Some(place) = next.pop_front() {
        let state = met[place].state.clone();
        for step in system.steps(&state) {
            steps += 1;
            let after = system.after(&state, step);
            let broken = system.broken(&state, step, &after);
            let known = *places.entry(after.clone()).or_insert_with(|| {
                next.push_back(met.len());
                met.push(Met {
                    state: after,
                    from: Some((place, step)),
                    comes_from: Vec::new(),
                });
                met.len() - 1
            });
            met[known].comes_from.push(place);
            if let Some(rule) = broken {
                return Err(way_to(&met, place, Some((step, known)), rule));
            }
        }
    }
    match cannot_rest(system, &met) {
        Some(place) => Err(way_to(&met, place, None, "it can always come to rest")),
        None => Ok(Explored {
            states: met.len(),
            steps,
        }),
    }
}

/// The first state from which no way leads to rest.
fn cannot_rest<S: System>(system: &S, met: &[Met<S>]) -> Option<usize> {
    let mut can_rest = vec![false; met.len()];
    let mut next: Vec<usize> = (0..met.len())
        .filter(|place| system.is_at_rest(&met[*place].state))
        .collect();
    while let Some(place) = next.pop() {
        if !std::mem::replace(&mut can_rest[place], true) {
            next.extend(&met[place].comes_from);
        }
    }
    can_rest.iter().position(|can| !can)
}

fn way_to<S: System>(
    met: &[Met<S>],
    mut place: usize,
    last: Option<(S::Step, usize)>,
    rule: &'static str,
) -> Counterexample<S> {
    let state = met[last.map_or(place, |(_, after)| after)].state.clone();
    let mut steps: Vec<S::Step> = last.into_iter().map(|(step, _)| step).collect();
    while let Some((before, step)) = met[place].from {
        steps.push(step);
        place = before;
    }
    steps.reverse();
    Counterexample { rule, steps, state }
}
