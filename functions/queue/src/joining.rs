//! Joining, and finding somebody's place again.
//!
//! An item for each user says on which page they are: it decides for those who come twice. The page itself
//! decides whether they came in time: once it is frozen, it takes nobody, and they go to a later one.

use domain::ids::UserId;
use domain::queue::{End, Found, Joining, Mark, Place, Room, Status};
use domain::{Code, Error, Result, Timestamp};
use edge::App;
use store::{Joined, Saved};

/// How many pages somebody tries: each was frozen while they were on their way.
const PAGES_MAX: usize = 8;

/// Where somebody stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// On no page that takes or has taken them; whether theirs still would.
    Nowhere {
        /// It would.
        open: bool,
    },
    /// On a page that is not in order yet; whether they may still leave it without a trace.
    Waiting {
        /// They may not.
        frozen: bool,
    },
    /// At this position.
    At(u64),
}

/// Puts `user`, who came `at`, in line, or finds them in it.
///
/// # Errors
/// `QUEUE_CLOSED` for who is not in line when the queue is closed; `BUSY` when too many pages were frozen on
/// the way.
pub async fn join(app: &App, room: &Room, user: &UserId, at: Timestamp) -> Result<Joining> {
    let store = app.store();
    let mut joining = Joining::new(user.clone(), room, at);
    if room.status == Status::Closed {
        joining = store.joining(&room.id, user).await?.ok_or_else(closed)?;
        return if is_in_line(app, room, &joining).await? { Ok(joining) } else { Err(closed()) };
    }
    for _ in 0..PAGES_MAX {
        if let Saved::Other(there) = store.save_joining(&joining).await? {
            let there = *there.ok_or_else(|| Error::busy("a ticket was deleted while it was read"))?;
            match standing(app, &there, true).await? {
                Standing::Waiting { .. } => return Ok(there),
                Standing::At(_) if is_in_line(app, room, &there).await? => return Ok(there),
                Standing::Nowhere { open: true } => joining = there,
                Standing::At(_) | Standing::Nowhere { open: false } => {
                    joining = there.again(room, at);
                    continue;
                }
            }
        }
        match store.join_page(&room.id, joining.page, &joining.joiner(), joining.joined_at).await? {
            Joined::There(_) => return Ok(joining),
            Joined::Elsewhere => joining = joining.later(room, at),
        }
    }
    Err(Error::busy("every page was frozen before somebody was on it"))
}

/// Where who has joined so stands; `fresh` when it must be as it is now, if they are on no page.
pub async fn standing(app: &App, joining: &Joining, fresh: bool) -> Result<Standing> {
    let store = app.store();
    let mut page = store.peek_page(&joining.queue_id, joining.page).await?;
    if fresh && !matches!(page.find(&joining.joiner()), Found::Placed(_)) {
        let pages = store.pages(&joining.queue_id, &[joining.page]).await?;
        page = pages.into_iter().next().map(|(_, page)| page).unwrap_or_default();
    }
    Ok(match page.find(&joining.joiner()) {
        Found::NotYet => Standing::Nowhere { open: !joining.left },
        Found::TooLate | Found::Left => Standing::Nowhere { open: false },
        Found::Waiting { frozen } => Standing::Waiting { frozen },
        Found::Placed(position) => Standing::At(position),
    })
}

/// Whether somebody waits or is let in: they have not left, and their place is not over.
async fn is_in_line(app: &App, room: &Room, joining: &Joining) -> Result<bool> {
    let number = match standing(app, joining, true).await? {
        Standing::Nowhere { .. } => return Ok(false),
        Standing::Waiting { .. } => return Ok(true),
        Standing::At(number) => number,
    };
    let mark = app.store().mark_of(&Place { queue_id: joining.queue_id.clone(), number }).await?;
    Ok(end_of(room, number, mark, app.now()).is_none())
}

/// How a place has ended, if it has: as its gate notes it, or as the clock says.
pub fn end_of(room: &Room, position: u64, mark: Mark, now: Timestamp) -> Option<End> {
    mark.end.or_else(|| {
        let overdue = room.deadline(position, mark).filter(|(at, _)| *at <= now);
        overdue.map(|(_, end)| end)
    })
}

fn closed() -> Error {
    Error::refused(Code::QueueClosed, "This queue takes nobody in at the moment.")
}

/// Nobody of this name is in line.
pub fn not_in_line() -> Error {
    Error::refused(Code::NotInQueue, "You are not in this queue; join it first.")
}
