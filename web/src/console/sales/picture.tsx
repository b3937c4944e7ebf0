import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import "./sales.css";

/** Shows the picture of an address that is being typed, or says that there is none under it. */
export function PicturePreview({ url, label, small = false }: { url: string; label: string; small?: boolean }) {
  const { t } = useTranslation(["salesStaff", "common"]);
  const [shown, setShown] = useState(url);
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    // Each key pressed would otherwise request another address.
    const timer = setTimeout(() => {
      setShown(url);
      setBroken(false);
    }, 400);
    return () => clearTimeout(timer);
  }, [url]);
  const usable = /^https?:\/\//.test(shown);
  return (
    <div className={small ? "sales-picture small" : "sales-picture"}>
      {usable && !broken ? (
        <img src={shown} alt={label} referrerPolicy="no-referrer" onError={() => setBroken(true)} />
      ) : (
        <span className="muted" role="status">
          {shown === "" ? t("picture.none") : t("picture.broken")}
        </span>
      )}
    </div>
  );
}

/** Shows the small picture of a product in a list, or an empty frame of the same size. */
export function Thumbnail({ url }: { url: string | null | undefined }) {
  return (
    <span className="sales-thumbnail">
      {url && <img src={url} alt="" loading="lazy" referrerPolicy="no-referrer" />}
    </span>
  );
}
